import type { Log } from '../../drivers/contract/log.ts';
import type { AuthName } from '../auth/auth-method.ts';
import type { ClientSession, OutgoingEvent, PeerCredentials } from '../call.ts';
import { nobody, processTime, type Identity } from '../identity.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import type { Transport } from './transport.ts';

/** What a session asks of its connection. */
export interface SessionActions {
  authenticated(): void;
  enableFilePassing(): boolean;
  enableKeepalive(): void;
  sendEvent(event: OutgoingEvent): void;
  close(): void;
}

interface Origin {
  readonly id: number;
  readonly transport: Transport;
  readonly readOnly: boolean;
  readonly auth: AuthName;
  readonly opens: SecondaryDriver | null;
}

/** Who a client is, and how far it has come. */
export class Session implements ClientSession {
  readonly id: number;
  readonly transport: Transport;
  readonly auth: AuthName;
  readonly opens: SecondaryDriver | null;
  readonly connectedAt = new Date();
  readonly #actions: SessionActions;
  readonly #log: Log;
  readonly #onClose = new Set<() => void>();
  #readOnly: boolean;
  #authenticated = false;
  #saslUserName: string | null = null;
  #protected = false;
  #opened = false;
  #driver: SecondaryDriver | null = null;
  #ended = false;
  #assumed: Identity | null = null;
  #processTime: bigint | null | undefined;

  constructor(origin: Origin, actions: SessionActions, log: Log) {
    this.id = origin.id;
    this.transport = origin.transport;
    this.auth = origin.auth;
    this.opens = origin.opens;
    this.#readOnly = origin.readOnly;
    this.#actions = actions;
    this.#log = log;
  }

  get peer(): PeerCredentials | null {
    return this.transport.peer;
  }

  /** Nobody between the client and the daemon can read what they say: it does not leave the host, or is encrypted. */
  get secure(): boolean {
    return this.transport.kind !== 'tcp' || this.#protected;
  }

  get readOnly(): boolean {
    return this.#readOnly;
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  get opened(): boolean {
    return this.#opened;
  }

  get driver(): SecondaryDriver | null {
    return this.#driver;
  }

  get identity(): Identity {
    if (this.#assumed !== null) return this.#assumed;
    const { x509Name } = this.transport;
    return { ...nobody, ...this.#process, x509Name, saslUserName: this.#saslUserName };
  }

  assumeIdentity(identity: Identity): void {
    this.#assumed = identity;
  }

  /** The user comes from the socket, so that a process that takes the number of one that is gone gains nothing. */
  get #process(): Partial<Identity> {
    if (this.peer === null) return {};
    const { pid, uid, gid } = this.peer;
    this.#processTime ??= processTime(pid);
    return { processId: pid, processTime: this.#processTime, unixUserId: uid, unixGroupId: gid };
  }

  authenticate(saslUserName: string | null = null): void {
    if (this.#authenticated || this.#ended) return;
    this.#saslUserName = saslUserName;
    this.#authenticated = true;
    this.#actions.authenticated();
  }

  /** A security layer is in use. */
  protect(): void {
    this.#protected = true;
  }

  open(readOnly: boolean, driver: SecondaryDriver | null = null): void {
    this.#opened = true;
    this.#driver = driver;
    this.#readOnly ||= readOnly;
  }

  enableFilePassing(): boolean {
    return this.#actions.enableFilePassing();
  }

  enableKeepalive(): void {
    this.#actions.enableKeepalive();
  }

  sendEvent(event: OutgoingEvent): void {
    this.#actions.sendEvent(event);
  }

  close(): void {
    this.#actions.close();
  }

  onClose(action: () => void): () => void {
    // Each its own entry, also when the same function is given twice.
    const entry = (): void => action();
    if (this.#ended) this.#run(entry);
    else this.#onClose.add(entry);
    return () => this.#onClose.delete(entry);
  }

  /** The connection has ended: runs what was asked for, in the order it was. */
  end(): void {
    this.#ended = true;
    for (const action of this.#onClose) this.#run(action);
    this.#onClose.clear();
  }

  #run(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error({ err: error, client: this.id }, 'Cleaning up after a client failed');
    }
  }
}
