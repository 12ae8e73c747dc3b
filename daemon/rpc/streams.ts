import type { Duplex } from 'node:stream';
import type { Header } from '../../protocol/header.ts';
import { rpcError } from './failure.ts';
import { Stream, type StreamContext } from './stream.ts';

/** The open streams of one client. */
export class Streams {
  readonly #context: StreamContext;
  readonly #bySerial = new Map<number, Stream>();

  constructor(context: StreamContext) {
    this.#context = context;
  }

  /** Throws when the client has used the serial of a stream that is still open for another call. */
  requireFree({ serial }: Header): void {
    if (this.#bySerial.has(serial)) throw rpcError(`serial ${serial} belongs to an open stream`);
  }

  /** Makes the stream of `call` out of `channel`; the reply has been composed. */
  open(call: Header, direction: 'read' | 'write', channel: Duplex): void {
    const stream = new Stream(call, direction, channel, this.#context, () => this.#bySerial.delete(call.serial));
    this.#bySerial.set(call.serial, stream);
    stream.start();
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
