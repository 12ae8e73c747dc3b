import type { Socket } from 'node:net';
import type { Log } from '../../drivers/contract/log.ts';
import { takeHandle } from './adopt.ts';
import { nobodyWatches, type CallWatch } from './call-watch.ts';
import { Connection } from './connection.ts';
import type { KeepaliveSettings } from './keepalive.ts';
import type { ServerLimits } from './limits.ts';
import { DropLog } from './drop-log.ts';
import { Listener, type Endpoint } from './listener.ts';
import type { ServedProgram } from './programs.ts';
import type { Tally } from './tally.ts';
import { addressOf, tcpTransport, unixTransport, type Transport, type TransportKind } from './transport.ts';
import type { Workers } from './workers.ts';

export interface ServerOptions {
  /** As virt-admin lists it: "libvirtd", "admin". */
  readonly name: string;
  readonly programs: readonly ServedProgram[];
  readonly limits: ServerLimits;
  /** What libvirtd.conf says of the server's threads. */
  readonly workers: Workers;
  /** Only root may connect, and needs no authentication: the programs have none. */
  readonly rootOnly?: boolean;
  readonly keepalive: KeepaliveSettings;
  /** Lets clients of TLS sockets in, or throws. */
  readonly tls?: { admit(socket: Socket): Promise<Transport> };
  readonly log: Log;
  readonly watch?: CallWatch;
  /** What the ids of its requests begin with in the log; "c" unless said otherwise. */
  readonly letter?: string;
  /** Called whenever a client has come or gone; a daemon without any may end when it has been idle for long enough. */
  clientsChanged?(count: number): void;
}

/** Listens on any number of sockets and serves the same programs on all of them, within common limits. */
export class Server {
  readonly name: string;
  readonly limits: ServerLimits;
  readonly workers: Workers;
  readonly #options: ServerOptions;
  readonly #listeners: Listener[] = [];
  readonly #clients = new Map<number, Connection>();
  readonly #drops: DropLog;
  /** Clients that have not authenticated yet, by their sockets' kind: everybody may knock at the read-only ones, and the whole world at ports. */
  readonly #strangers: Record<StrangerKind, number> = { full: 0, readOnly: 0, network: 0 };
  readonly #accepted: Record<TransportKind, number> = { unix: 0, tcp: 0, tls: 0 };
  /** Bytes of the clients that have left. */
  #received = 0;
  #sent = 0;
  #lastId = 0;
  #closing: PromiseWithResolvers<void> | null = null;

  constructor(options: ServerOptions) {
    this.name = options.name;
    this.limits = { ...options.limits };
    this.workers = { ...options.workers };
    this.#options = options;
    this.#drops = new DropLog(options.log);
  }

  /** By their ids, in the order they came. */
  get clients(): ReadonlyMap<number, Connection> {
    return this.#clients;
  }

  /** Clients that have not authenticated yet. */
  get anonymous(): number {
    return this.#strangers.full + this.#strangers.readOnly + this.#strangers.network;
  }

  get tally(): Tally {
    const { refused, dropped } = this.#drops;
    let received = this.#received;
    let sent = this.#sent;
    for (const { traffic } of this.#clients.values()) {
      received += traffic.received;
      sent += traffic.sent;
    }
    return { accepted: { ...this.#accepted }, refused, dropped, received, sent };
  }

  /** Clients may connect once this resolves. Throws when the socket cannot be made. */
  async listen(endpoint: Endpoint): Promise<void> {
    const { name } = endpoint;
    const { log } = this.#options;
    const listener = await Listener.open(endpoint, this.limits.maxQueuedClients, {
      connected: socket => this.#connected(socket, endpoint),
      failed: error => log.error({ err: error, socket: name }, 'A listening socket failed'),
    });
    this.#listeners.push(listener);
    this.regulate();
  }

  /** For new limits, and for clients that came, went or authenticated: lets the next ones in or wait. */
  regulate(): void {
    const { maxClients, maxAnonymousClients } = this.limits;
    if (this.#closing !== null) return;
    for (const listener of this.#listeners) {
      const { transport, readOnly } = listener.endpoint;
      const strangers = this.#strangers[strangerKind(transport, readOnly)];
      if (this.#clients.size >= maxClients || strangers >= maxAnonymousClients) listener.hold();
      else listener.accept();
    }
  }

  #connected(socket: Socket, endpoint: Endpoint): void {
    if (endpoint.transport === 'tls') {
      void this.#shakeHands(socket, endpoint);
      return;
    }
    const address = addressOf(socket);
    const handle = takeHandle(socket);
    if (handle === null) return;
    this.#enter(endpoint.transport === 'tcp' ? tcpTransport(handle, address) : unixTransport(handle), endpoint);
  }

  /** A client in the middle of its handshake counts as a stranger, too. */
  async #shakeHands(socket: Socket, endpoint: Endpoint): Promise<void> {
    const address = addressOf(socket);
    this.#strangers.network += 1;
    this.regulate();
    try {
      const { tls } = this.#options;
      if (tls === undefined) throw new Error('no certificates have been read');
      const transport = await tls.admit(socket);
      this.#strangers.network -= 1;
      this.#enter(transport, endpoint);
    } catch (error) {
      this.#strangers.network -= 1;
      socket.destroy();
      const reason = error instanceof Error ? error.message : String(error);
      this.#drops.tell({ client: null, pid: undefined, address, reason });
      this.regulate();
    }
  }

  #enter(transport: Transport, { readOnly, auth = 'none' }: Endpoint): void {
    const kind = strangerKind(transport.kind, readOnly);
    const { programs, keepalive, log, watch = nobodyWatches, letter = 'c' } = this.#options;
    this.#accepted[transport.kind] += 1;
    this.#lastId += 1;
    const id = this.#lastId;
    const connection = new Connection(
      transport,
      { id, readOnly, auth },
      {
        programs,
        keepalive,
        log,
        watch,
        letter,
        limits: this.limits,
        drops: this.#drops,
        authenticated: () => {
          this.#strangers[kind] -= 1;
          this.regulate();
        },
        ended: () => this.#ended(connection, kind),
      },
    );
    this.#clients.set(id, connection);
    this.#strangers[kind] += 1;
    this.#changed();
    if (this.#options.rootOnly === true) connection.admitRoot();
  }

  #ended({ session, traffic }: Connection, kind: StrangerKind): void {
    this.#received += traffic.received;
    this.#sent += traffic.sent;
    this.#clients.delete(session.id);
    if (!session.authenticated) this.#strangers[kind] -= 1;
    this.#changed();
    if (this.#clients.size === 0) this.#closing?.resolve();
  }

  #changed(): void {
    this.regulate();
    this.#options.clientsChanged?.(this.#clients.size);
  }

  /** Takes no more clients and no more calls; resolves when the calls in progress, given `graceMs`, were answered. */
  async close(graceMs = 5000): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    for (const listener of this.#listeners.splice(0)) listener.close();
    for (const client of this.#clients.values()) client.finish(graceMs);
    if (this.#clients.size > 0) await this.#closing.promise;
  }
}

type StrangerKind = 'full' | 'readOnly' | 'network';

function strangerKind(transport: TransportKind | undefined, readOnly: boolean): StrangerKind {
  if (transport === 'tcp' || transport === 'tls') return 'network';
  return readOnly ? 'readOnly' : 'full';
}
