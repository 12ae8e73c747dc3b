import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../../drivers/contract/log.ts';
import { Listener, type Endpoint } from '../rpc/listener.ts';
import { formatFor, formats, type Format } from './exposition.ts';

const MOST_HEADER_BYTES = 8192;

export interface EndpointLimits {
  /** At the same time; as many more wait in the kernel. */
  readonly connections: number;
  /** A connection has one request and its answer, and so many ms for both. */
  readonly life: number;
}

/** Prometheus gives up after ten seconds. */
const LIMITS: EndpointLimits = { connections: 16, life: 15_000 };

/** Composes what is served. */
type Compose = (format: Format) => Promise<Buffer>;

/**
 * GET /metrics, and nothing else. Whoever can reach it is a stranger: no request has more than a small header, none is read
 * after the first, and who is slow is cut off.
 */
export class MetricsEndpoint implements AsyncDisposable {
  readonly #compose: Compose;
  readonly #log: Log;
  readonly #limits: EndpointLimits;
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  #listener: Listener | null = null;

  constructor(compose: Compose, log: Log, limits: EndpointLimits = LIMITS) {
    this.#compose = compose;
    this.#log = log;
    this.#limits = limits;
    this.#http = createServer(
      { maxHeaderSize: MOST_HEADER_BYTES, headersTimeout: limits.life, requestTimeout: limits.life },
      (request, response) => void this.#answer(request, response),
    );
  }

  /** Clients can ask once it resolves. Throws when the socket cannot be made. */
  async listen(endpoint: Endpoint): Promise<void> {
    this.#listener = await Listener.open(endpoint, this.#limits.connections, {
      connected: socket => this.#connected(socket),
      failed: error => this.#log.error({ err: error }, 'The socket of the metrics failed'),
    });
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket);
    if (this.#sockets.size >= this.#limits.connections) this.#listener?.hold();
    const life = setTimeout(() => socket.destroy(), this.#limits.life);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(life);
      this.#sockets.delete(socket);
      this.#listener?.accept();
    });
    this.#http.emit('connection', socket);
    socket.resume();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Connection', 'close');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const { method, url = '', headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'Only GET and HEAD.');
    }
    if (!/^\/metrics(\?|$)/.test(url)) return refuse(response, 404, 'Only /metrics is here.');
    const format = formatFor(headers.accept);
    try {
      const text = await this.#compose(format);
      response.writeHead(200, { 'Content-Type': formats[format], 'Content-Length': text.length });
      response.end(method === 'HEAD' ? undefined : text);
    } catch (error) {
      this.#log.error({ err: error }, 'Metrics cannot be collected');
      refuse(response, 500, 'They cannot be collected: the log of the daemon says why.');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener?.close();
    this.#listener = null;
    for (const socket of this.#sockets) socket.destroy();
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
