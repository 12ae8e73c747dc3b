import type { Log } from '../../drivers/contract/log.ts';
import { closeQuietly } from '../../native/ffi/libc.ts';
import type { RemoteError } from '../../protocol/error.ts';
import { MessageStatus, type Header } from '../../protocol/header.ts';
import { decodeArgs } from '../../protocol/message.ts';
import { XdrError } from '../../protocol/xdr/index.ts';
import type { ClientSession } from '../call.ts';
import { serveAs } from '../logging/served.ts';
import type { CallWatch } from './call-watch.ts';
import { rpcError, toRemoteError } from './failure.ts';
import { isOffered, notSupported, requireAllowed, requireAuthenticated } from './gate.ts';
import type { Outbox } from './outbox.ts';
import type { Route, ServedProgram } from './programs.ts';
import { Request } from './request.ts';
import { RunningCall } from './running-call.ts';
import type { SecurityLayer } from './security-layer.ts';
import type { Streams } from './streams.ts';

export interface CallContext {
  readonly client: ClientSession;
  readonly programs: readonly ServedProgram[];
  readonly outbox: Outbox;
  readonly streams: Streams;
  readonly log: Log;
  readonly watch: CallWatch;
  /** What the ids of requests begin with. */
  readonly letter: string;
  /** The reply to the call that set the layer up has been composed. */
  protect(layer: SecurityLayer): void;
  /** A call that did not end within its message has ended. */
  finished(): void;
}

/**
 * The calls of one client, each from its message to its reply. One that its handler answers at once never becomes a
 * task; the others run side by side and are answered as they finish.
 */
export class Calls {
  readonly #context: CallContext;
  #running = 0;

  constructor(context: CallContext) {
    this.#context = context;
  }

  /** Those that wait for their handlers. */
  get running(): number {
    return this.#running;
  }

  /** Runs the call in `frame`. `files` came with it. */
  start(header: Header, frame: Buffer, files: readonly number[]): void {
    const { client, letter, watch } = this.#context;
    const request = new Request(letter, client.id, header);
    if (watch.watches) request.began = performance.now();
    serveAs(request, this.#serve, frame, files);
  }

  readonly #serve = (request: Request, frame: Buffer, files: readonly number[]): void => {
    const { header } = request;
    let call: RunningCall | null = null;
    try {
      const route = this.#route(header);
      request.route = route;
      requireAuthenticated(this.#context.client, route);
      const args = argsOf(route, header, frame);
      requireAllowed(this.#context.client, route, args);
      if (route.handler === null || !isOffered(this.#context.client, route)) throw notSupported(route);
      if (route.procedure.stream !== undefined) this.#context.streams.requireRoom();
      call = new RunningCall(this.#context.client, request, route, files);
      const result = route.handler(call, args);
      if (result instanceof Promise) void this.#await(call, result);
      else this.#succeed(call, result);
    } catch (error) {
      if (call === null) files.forEach(closeQuietly);
      this.#fail(request, error, call);
    }
  };

  /** The row of the procedure's table. */
  #route(header: Header): Route {
    const served = this.#context.programs.find(
      ({ program }) => program.number === header.program && program.version === header.version,
    );
    if (served === undefined) throw rpcError(`Cannot find program ${header.program} version ${header.version}`);
    if (header.status !== MessageStatus.OK) throw rpcError(`Unexpected message status ${header.status}`);
    const route = served.routes.get(header.procedure);
    if (route === undefined) throw rpcError(`unknown procedure: ${header.procedure}`);
    return route;
  }

  async #await(call: RunningCall, result: Promise<unknown>): Promise<void> {
    this.#running += 1;
    try {
      this.#succeed(call, await result);
    } catch (error) {
      this.#fail(call.request, error, call);
    }
    this.#running -= 1;
    this.#context.finished();
  }

  /** Queues the reply, behind it the descriptors, and starts the call's stream. */
  #succeed(call: RunningCall, value: unknown): void {
    const { outbox, streams } = this.#context;
    const { request, route } = call;
    const { header } = request;
    if (!outbox.closed) {
      if (call.stream !== null) streams.requireFree(header);
      outbox.compose().reply(header, route.procedure.ret, value, call.repliedFiles.length);
      if (call.repliedFiles.length > 0) outbox.putFiles(call.takeReplyFiles());
      if (call.stream !== null) streams.open(request, route.procedure.stream ?? 'read', call.stream);
      call.releaseStream();
      if (call.layer !== null) this.#context.protect(call.layer);
    }
    call[Symbol.dispose]();
    this.#ended(request, null);
  }

  #fail(request: Request, error: unknown, call: RunningCall | null): void {
    call?.[Symbol.dispose]();
    const { outbox, log } = this.#context;
    const told = toRemoteError(error, `procedure ${request.procedure}`, log);
    if (!outbox.closed) outbox.compose().error(request.header, told);
    this.#ended(request, told);
  }

  #ended(request: Request, error: RemoteError | null): void {
    const { client, watch } = this.#context;
    request.ended = true;
    if (request.began !== null) watch.ended({ request, client, time: performance.now() - request.began, error });
  }
}

function argsOf(route: Route, header: Header, frame: Buffer): unknown {
  try {
    return decodeArgs(route.procedure, header, frame);
  } catch (error) {
    if (error instanceof XdrError) throw rpcError('Unable to decode message payload');
    throw error;
  }
}
