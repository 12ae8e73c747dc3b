/** A client and its calls without a connection: what a handler does to them can be read from here. */
import type { Duplex } from 'node:stream';
import type { StreamSink, StreamSource } from '../../drivers/contract/data-stream.ts';
import type { Call, ClientSession, OutgoingEvent } from '../call.ts';
import { nobody, type Identity } from '../identity.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import type { SecurityLayer } from '../rpc/security-layer.ts';

export class TestClient implements ClientSession {
  readonly id = 1;
  readonly peer = { pid: 1, uid: 0, gid: 0 };
  readonly transport = { kind: 'unix', address: null } as const;
  readonly auth = 'none';
  readonly secure = true;
  readonly opens: SecondaryDriver | null;
  driver: SecondaryDriver | null = null;
  identity: Identity = { ...nobody, processId: 1, unixUserId: 0, unixGroupId: 0 };
  readOnly = false;
  authenticated = false;
  opened = false;
  closed = false;
  filePassing = false;
  keepalive = false;
  /** In the order they were sent. */
  readonly events: OutgoingEvent[] = [];
  readonly #onClose = new Set<() => void>();

  constructor(opens: SecondaryDriver | null = null) {
    this.opens = opens;
  }

  authenticate(): void {
    this.authenticated = true;
  }
  assumeIdentity(identity: Identity): void {
    this.identity = identity;
  }
  open(readOnly: boolean, driver: SecondaryDriver | null = null): void {
    this.opened = true;
    this.driver = driver;
    this.readOnly ||= readOnly;
  }
  enableFilePassing(): boolean {
    this.filePassing = true;
    return true;
  }
  enableKeepalive(): void {
    this.keepalive = true;
  }
  sendEvent(event: OutgoingEvent): void {
    this.events.push(event);
  }
  close(): void {
    this.closed = true;
  }
  onClose(action: () => void): () => void {
    this.#onClose.add(action);
    return () => this.#onClose.delete(action);
  }
  /** The connection ends. */
  end(): void {
    for (const action of this.#onClose) action();
  }
}

export class TestCall implements Call {
  readonly client: ClientSession;
  readonly #received: number[];
  readonly replied: number[] = [];
  channel: Duplex | null = null;
  source: StreamSource | null = null;
  sink: StreamSink | null = null;
  layer: SecurityLayer | null = null;

  constructor(client: ClientSession, files: readonly number[] = []) {
    this.client = client;
    this.#received = [...files];
  }

  protect(layer: SecurityLayer): void {
    this.layer = layer;
  }
  takeFiles(): number[] {
    return this.#received.splice(0);
  }
  replyFiles(files: readonly number[]): void {
    this.replied.push(...files);
  }
  openStream(channel: Duplex): void {
    this.channel = channel;
  }

  openDownload(source: StreamSource): void {
    this.source = source;
  }

  openUpload(sink: StreamSink): void {
    this.sink = sink;
  }
}
