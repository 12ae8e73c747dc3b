import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { Header } from '../../protocol/header.ts';
import { logAs } from '../logging/served.ts';
import { rpcError } from './failure.ts';
import { STREAMS_MAX } from './limits.ts';
import { streamError, type OpenStream, type StreamContext } from './open-stream.ts';
import type { Request } from './request.ts';
import { DownloadStream } from './download-stream.ts';
import { Stream } from './stream.ts';
import { UploadStream } from './upload-stream.ts';
import type { StreamBody } from './stream-body.ts';

/** The open streams of one client. */
export class Streams {
  readonly #context: StreamContext;
  readonly #bySerial = new Map<number, OpenStream>();

  constructor(context: StreamContext) {
    this.#context = context;
  }

  /** Throws when the client has used the serial of a stream that is still open for another call. */
  requireFree({ serial }: Header): void {
    if (this.#bySerial.has(serial)) throw rpcError(`serial ${serial} belongs to an open stream`);
    this.requireRoom();
  }

  /** Throws when the client has as many as it may; asked before a stream is made, too. */
  requireRoom(): void {
    if (this.size >= STREAMS_MAX)
      throw streamError(ErrorCode.OPERATION_FAILED, `the client has ${this.size} open streams, more are not allowed`);
  }

  get size(): number {
    return this.#bySerial.size;
  }

  /** Makes the stream of a call out of `body`; the reply has been composed. */
  open(request: Request, direction: 'read' | 'write', body: StreamBody): void {
    const { serial } = request.header;
    const stream = this.#streamOf(request, direction, body, () => this.#bySerial.delete(serial));
    this.#bySerial.set(serial, stream);
    stream.start();
  }

  #streamOf(request: Request, direction: 'read' | 'write', body: StreamBody, forget: () => void): OpenStream {
    const { header: call } = request;
    const context = { ...this.#context, log: logAs(request, this.#context.log) };
    switch (body.kind) {
      case 'channel':
        return new Stream(call, direction, body.channel, context, forget);
      case 'source':
        return new DownloadStream(call, body.source, context, forget);
      default:
        return new UploadStream(call, body.sink, context, forget);
    }
  }

  /**
   * Takes a packet from the client, or refuses it with false until the channel has taken what came before. A packet for
   * no open stream is ignored: the client may have sent it before it learned of the end.
   */
  take(header: Header, frame: Buffer): boolean {
    const stream = this.#bySerial.get(header.serial);
    return stream === undefined || !stream.belongs(header) || stream.take(header, frame);
  }

  /** The client has read everything: streams that waited for that go on. */
  drained(): void {
    for (const stream of this.#bySerial.values()) stream.drained();
  }

  /** The connection has ended. */
  destroy(): void {
    for (const stream of this.#bySerial.values()) stream.destroy();
    this.#bySerial.clear();
  }
}
