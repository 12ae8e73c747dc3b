import { once } from 'node:events';
import { chmodSync, lstatSync, lchownSync, mkdirSync, unlinkSync, type Stats } from 'node:fs';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { closeQuietly, duplicate } from '../../native/ffi/libc.ts';
import { peerCredentials } from '../../native/ffi/socket-messages.ts';
import { bindUnixSocket } from '../../native/ffi/unix-socket.ts';
import type { AuthName } from '../auth/auth-method.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import { Taken } from '../taken.ts';
import { isHandle } from './adopt.ts';
import type { TransportKind } from './transport.ts';

/** How long to wait, in ms, when the process has no descriptor left to accept with. */
const RETRY_MS = 1000;

const ADVICE = 'listen_as in libvirtd.conf or virtlxcd.conf says which sockets to leave to others';

interface Access {
  /** For the log and for virt-admin: "libvirt-sock-ro". */
  readonly name: string;
  /** Clients of this socket may only look. */
  readonly readOnly: boolean;
  /** A Unix socket, unless said otherwise. */
  readonly transport?: TransportKind;
  /** How its clients say who they are; 'none', unless said otherwise. */
  readonly auth?: AuthName;
  /** The one driver that its clients may open; any, unless said otherwise. */
  readonly opens?: SecondaryDriver | null;
}

/** A Unix socket to be made. */
export interface SocketPath extends Access {
  readonly path: string;
  /** Of the socket file. */
  readonly mode: number;
  /** Group of the socket file; null leaves the daemon's own. */
  readonly gid: number | null;
}

/** A listening Unix socket that was handed to the process; its file belongs to who made it. */
export interface InheritedSocket extends Access {
  readonly fd: number;
}

/** A TCP port to listen on. */
export interface TcpAddress extends Access {
  /** Null: every address of the host. */
  readonly host: string | null;
  readonly port: number;
}

export type Endpoint = SocketPath | InheritedSocket | TcpAddress;

export interface ListenerActions {
  connected(socket: Socket): void;
  failed(error: Error): void;
}

/**
 * One listening socket, which can be held shut: then clients that connect wait in the kernel. Node cannot stop accepting
 * without closing, so this keeps the descriptor and gives Node a copy of it for as long as clients may come in.
 */
export class Listener {
  readonly endpoint: Endpoint;
  readonly #fd: number;
  /** Of the socket file that is ours to remove. */
  readonly #file: Stats | null;
  readonly #backlog: number;
  readonly #actions: ListenerActions;
  #accepting: NetServer | null = null;
  #retry: NodeJS.Timeout | null = null;

  private constructor(endpoint: Endpoint, fd: number, file: Stats | null, backlog: number, actions: ListenerActions) {
    this.endpoint = endpoint;
    this.#fd = fd;
    this.#file = file;
    this.#backlog = backlog;
    this.#actions = actions;
  }

  /** Makes the socket and accepts. A socket file that nobody listens on is replaced; any other file is an error. */
  static async open(endpoint: Endpoint, backlog: number, actions: ListenerActions): Promise<Listener> {
    const [fd, file] = await listeningSocket(endpoint, backlog);
    const listener = new Listener(endpoint, fd, file, backlog, actions);
    await once(listener.#serve(), 'listening');
    return listener;
  }

  /** Lets clients in again. */
  accept(): void {
    if (this.#accepting !== null) return;
    try {
      this.#serve();
    } catch (error) {
      this.#actions.failed(error instanceof Error ? error : new Error(String(error)));
      this.#retry ??= setTimeout(() => {
        this.#retry = null;
        this.accept();
      }, RETRY_MS);
    }
  }

  #serve(): NetServer {
    const server = createServer({ pauseOnConnect: true }, socket => this.#actions.connected(socket));
    server.on('error', error => this.#actions.failed(error));
    server.listen({ fd: duplicate(this.#fd), backlog: this.#backlog });
    this.#accepting = server;
    return server;
  }

  /** Lets clients wait. */
  hold(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#accepting?.close();
    this.#accepting = null;
  }

  /** Stops for good, and removes the socket file unless somebody has replaced it. */
  close(): void {
    this.hold();
    closeQuietly(this.#fd);
    if (!('path' in this.endpoint) || this.#file === null) return;
    const now = lstatSync(this.endpoint.path, { throwIfNoEntry: false });
    if (now?.ino === this.#file.ino && now.dev === this.#file.dev) unlinkSync(this.endpoint.path);
  }
}

/** With the file of a socket that is ours to remove. */
async function listeningSocket(endpoint: Endpoint, backlog: number): Promise<[fd: number, file: Stats | null]> {
  if ('fd' in endpoint) return [endpoint.fd, null];
  if ('port' in endpoint) return [await bindPort(endpoint, backlog), null];
  return [await bind(endpoint), lstatSync(endpoint.path)];
}

/** Node binds to all addresses as the host can. No client comes between the call and the copy: both are of one turn. */
async function bindPort({ host, port }: TcpAddress, backlog: number): Promise<number> {
  const server = createServer().listen({ port, backlog, ...(host === null ? {} : { host }) });
  await once(server, 'listening');
  const handle: unknown = Reflect.get(server, '_handle');
  if (!isHandle(handle)) throw new Error(`no descriptor of the socket on port ${port}`);
  const fd = duplicate(handle.fd);
  server.close();
  return fd;
}

async function bind({ path, mode, gid }: SocketPath): Promise<number> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  await removeStale(path);
  const fd = bindUnixSocket(path);
  if (gid !== null) lchownSync(path, process.getuid?.() ?? 0, gid);
  chmodSync(path, mode);
  return fd;
}

async function removeStale(path: string): Promise<void> {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return;
  if (!file.isSocket()) throw new Error(`'${path}' is there already, and is no socket`);
  const server = await serverOf(path);
  if (server !== null) throw new Taken(`Another process listens on '${path}'`, server, ADVICE);
  unlinkSync(path);
}

/** The pid of who listens; null when nobody does. */
const serverOf = (path: string): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('connect', () => {
      const handle: unknown = Reflect.get(socket, '_handle');
      if (isHandle(handle)) resolve(peerCredentials(handle.fd).pid);
      else reject(new Error(`no descriptor of a connection to '${path}'`));
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null);
      else reject(error);
    });
  });
