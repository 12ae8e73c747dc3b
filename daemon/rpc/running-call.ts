import type { Duplex } from 'node:stream';
import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import type { StreamSink, StreamSource } from '../../drivers/contract/data-stream.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import { closeQuietly } from '../../native/ffi/libc.ts';
import { FDS_MAX } from '../../protocol/limits.ts';
import type { Call, ClientSession } from '../call.ts';
import type { Route } from './programs.ts';
import type { Request } from './request.ts';
import type { SecurityLayer } from './security-layer.ts';
import { discardBody, type StreamBody } from './stream-body.ts';

export const NO_FILES: readonly number[] = [];

/** One call between its message and its reply, with everything that it owns meanwhile. */
export class RunningCall implements Call {
  readonly client: ClientSession;
  readonly request: Request;
  readonly route: Route;
  #received: readonly number[];
  #replied: readonly number[] = NO_FILES;
  #stream: StreamBody | null = null;
  #layer: SecurityLayer | null = null;

  constructor(client: ClientSession, request: Request, route: Route, received: readonly number[]) {
    this.client = client;
    this.request = request;
    this.route = route;
    this.#received = received;
  }

  get repliedFiles(): readonly number[] {
    return this.#replied;
  }

  get stream(): StreamBody | null {
    return this.#stream;
  }

  get layer(): SecurityLayer | null {
    return this.#layer;
  }

  protect(layer: SecurityLayer): void {
    this.#layer = layer;
  }

  takeFiles(): number[] {
    const files = [...this.#received];
    this.#received = NO_FILES;
    return files;
  }

  replyFiles(files: readonly number[]): void {
    this.#replied = [...this.#replied, ...files];
    if (this.#replied.length > FDS_MAX) throw new RangeError(`More than ${FDS_MAX} descriptors in a reply`);
    if (this.client.peer !== null) return;
    const text = 'FD passing is not supported by this connection';
    throw new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.RPC, text, { str1: '%s', str2: text });
  }

  openStream(channel: Duplex): void {
    // Whatever befalls it before the reply is found when the stream starts.
    channel.on('error', ignore);
    this.#open({ kind: 'channel', channel });
  }

  openDownload(source: StreamSource): void {
    this.#open({ kind: 'source', source });
  }

  openUpload(sink: StreamSink): void {
    this.#open({ kind: 'sink', sink });
  }

  #open(stream: StreamBody): void {
    if (this.#stream !== null) throw new Error('A call opens one stream');
    this.#stream = stream;
  }

  /** Hands the descriptors of the reply over: they are no longer the call's. */
  takeReplyFiles(): readonly number[] {
    const files = this.#replied;
    this.#replied = NO_FILES;
    return files;
  }

  /** Forgets the stream: it is no longer the call's. */
  releaseStream(): void {
    this.#stream = null;
  }

  /** Ends what is still the call's. */
  [Symbol.dispose](): void {
    if (this.#received.length > 0) this.#received.forEach(closeQuietly);
    if (this.#replied.length > 0) this.#replied.forEach(closeQuietly);
    if (this.#stream !== null) discardBody(this.#stream);
    this.#received = NO_FILES;
    this.#replied = NO_FILES;
    this.#stream = null;
  }
}

const ignore = (): void => {};
