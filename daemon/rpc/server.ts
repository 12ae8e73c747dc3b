import type { Socket } from 'node:net';
import type { Log } from '../../drivers/contract/log.ts';
import { takeHandle } from './adopt.ts';
import { Connection } from './connection.ts';
import type { KeepaliveSettings } from './keepalive.ts';
import type { ServerLimits } from './limits.ts';
import { DropLog } from './drop-log.ts';
import { Listener, type Endpoint } from './listener.ts';
import type { ServedProgram } from './programs.ts';
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
  readonly log: Log;
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
  /** Clients that have not authenticated yet, by their sockets' kind: everybody may knock at the read-only ones. */
  readonly #strangers = { full: 0, readOnly: 0 };
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
    return this.#strangers.full + this.#strangers.readOnly;
  }

  /** Clients may connect once this resolves. Throws when the socket cannot be made. */
  async listen(endpoint: Endpoint): Promise<void> {
    const { name, readOnly } = endpoint;
    const { log } = this.#options;
    const listener = await Listener.open(endpoint, this.limits.maxQueuedClients, {
      connected: socket => this.#connected(socket, readOnly),
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
      const strangers = this.#strangers[kindOf(listener.endpoint.readOnly)];
      if (this.#clients.size >= maxClients || strangers >= maxAnonymousClients) listener.hold();
      else listener.accept();
    }
  }

  #connected(socket: Socket, readOnly: boolean): void {
    const handle = takeHandle(socket);
    if (handle === null) return;
    const { programs, keepalive, log } = this.#options;
    this.#lastId += 1;
    const id = this.#lastId;
    const connection = new Connection(
      handle,
      { id, readOnly },
      {
        programs,
        keepalive,
        log,
        limits: this.limits,
        drops: this.#drops,
        authenticated: () => {
          this.#strangers[kindOf(readOnly)] -= 1;
          this.regulate();
        },
        ended: () => this.#ended(connection, readOnly),
      },
    );
    this.#clients.set(id, connection);
    this.#strangers[kindOf(readOnly)] += 1;
    this.#changed();
    if (this.#options.rootOnly === true) connection.admitRoot();
  }

  #ended({ session }: Connection, readOnly: boolean): void {
    this.#clients.delete(session.id);
    if (!session.authenticated) this.#strangers[kindOf(readOnly)] -= 1;
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

const kindOf = (readOnly: boolean): 'full' | 'readOnly' => (readOnly ? 'readOnly' : 'full');
