import type { Socket } from 'node:net';
import type { Log } from '../../drivers/contract/log.ts';
import { nobodyWatches, type CallWatch } from './call-watch.ts';
import { Connection } from './connection.ts';
import type { KeepaliveSettings } from './keepalive.ts';
import { MOST_OF_ROOM, type ServerLimits } from './limits.ts';
import { DropLog } from './drop-log.ts';
import { Listener, type Endpoint } from './listener.ts';
import type { ServedProgram } from './programs.ts';
import { Reception } from './reception.ts';
import { Shares } from './shares.ts';
import { userSource } from './source.ts';
import type { Place } from './strangers.ts';
import type { Tally } from './tally.ts';
import type { Transport, TransportKind } from './transport.ts';
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

/** Root, whose daemon is not a user's. */
const OWN_USER = userSource(process.geteuid?.() ?? 0);

/** Listens on any number of sockets and serves the same programs on all of them, within common limits. */
export class Server {
  readonly name: string;
  readonly limits: ServerLimits;
  readonly workers: Workers;
  readonly #options: ServerOptions;
  readonly #listeners: Listener[] = [];
  readonly #clients = new Map<number, Connection>();
  readonly #shares = new Shares();
  readonly #drops: DropLog;
  readonly #reception: Reception;
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
    this.#reception = new Reception({
      limits: this.limits,
      tls: options.tls,
      drops: this.#drops,
      mayEnter: source => this.#closing === null && this.#mayHaveAnother(source),
      enter: (transport, endpoint, place) => this.#enter(transport, endpoint, place),
    });
  }

  /** By their ids, in the order they came. */
  get clients(): ReadonlyMap<number, Connection> {
    return this.#clients;
  }

  /** Clients that have not authenticated yet. */
  get anonymous(): number {
    return this.#reception.strangers;
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
      connected: socket => this.#reception.connected(socket, endpoint),
      failed: error => log.error({ err: error, socket: name }, 'A listening socket failed'),
    });
    this.#listeners.push(listener);
    this.regulate();
  }

  /** For new limits, and for clients that came or went: lets the next ones in or wait. */
  regulate(): void {
    if (this.#closing !== null) return;
    for (const listener of this.#listeners) {
      if (this.#clients.size >= this.limits.maxClients) listener.hold();
      else listener.accept();
    }
    this.#reception.admit();
  }

  /** One source leaves room for others, whoever it is, but for the daemon's own user. */
  #mayHaveAnother(source: string): boolean {
    const room = this.limits.maxClients - this.#clients.size;
    if (room <= 0 || source === OWN_USER) return room > 0;
    const share = this.#shares.of(source);
    return share < Math.max(1, Math.floor((room + share) * MOST_OF_ROOM));
  }

  #enter(transport: Transport, { readOnly, auth = 'none', opens = null }: Endpoint, place: Place): void {
    const { programs, keepalive, log, watch = nobodyWatches, letter = 'c' } = this.#options;
    this.#accepted[transport.kind] += 1;
    this.#lastId += 1;
    const id = this.#lastId;
    const connection = new Connection(
      transport,
      { id, readOnly, auth, opens },
      {
        programs,
        keepalive,
        log,
        watch,
        letter,
        limits: this.limits,
        drops: this.#drops,
        authenticated: () => place.leave('authenticated'),
        ended: () => this.#ended(connection, place),
      },
    );
    this.#clients.set(id, connection);
    this.#shares.add(place.source);
    place.occupy({ isBusy: () => connection.runningCalls > 0, evict: () => connection.evict() });
    this.#changed();
    if (this.#options.rootOnly === true) connection.admitRoot();
  }

  #ended({ session, traffic }: Connection, place: Place): void {
    this.#received += traffic.received;
    this.#sent += traffic.sent;
    this.#clients.delete(session.id);
    this.#shares.remove(place.source);
    place.leave('gone');
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
    this.#reception.close();
    for (const client of this.#clients.values()) client.finish(graceMs);
    if (this.#clients.size > 0) await this.#closing.promise;
  }
}
