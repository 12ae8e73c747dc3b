import type { Duplex } from 'node:stream';
import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { Header } from '../../protocol/header.ts';
import { PAYLOAD_OFFSET, STREAM_DATA_MAX } from '../../protocol/limits.ts';
import type { StreamPacket } from '../../protocol/stream-packet.ts';
import { DOWNLOAD_HIGH_WATER, UPLOAD_HIGH_WATER, UPLOAD_STALL_MS } from './limits.ts';
import { ClientStream, streamError, type StreamContext } from './open-stream.ts';
import { isBorrowed } from './receiver.ts';

/**
 * One stream: pumps a channel into packets and packets into the channel, as fast as the slower side takes them.
 * It ends in one of four ways: the client finishes, the client aborts, the channel fails, or the connection ends.
 */
export class Stream extends ClientStream {
  readonly #direction: 'read' | 'write';
  readonly #channel: Duplex;
  /** The client has finished, and the channel is being flushed. */
  #finishing = false;
  #stall: NodeJS.Timeout | null = null;

  constructor(call: Header, direction: 'read' | 'write', channel: Duplex, context: StreamContext, forget: () => void) {
    super(call, context, forget);
    this.#direction = direction;
    this.#channel = channel;
  }

  start(): void {
    const channel = this.#channel;
    if (channel.errored !== null) return this.fail(channel.errored);
    if (channel.destroyed) return this.#closed();
    channel.on('error', error => this.fail(error));
    channel.on('close', () => this.#closed());
    channel.on('drain', () => this.#unstall());
    if (this.#direction === 'write') return;
    channel.on('data', (data: Buffer) => this.#send(data));
    channel.on('end', () => this.#sendEnd());
  }

  #send(data: Buffer): void {
    if (!this.isOpen) return;
    const { outbox } = this.context;
    for (let at = 0; at < data.length; at += STREAM_DATA_MAX) {
      const piece = data.subarray(at, at + STREAM_DATA_MAX);
      outbox.compose().streamDataHead(this.call, piece.length);
      outbox.putData(piece);
    }
    if (outbox.backlog > DOWNLOAD_HIGH_WATER) this.#channel.pause();
  }

  /** The client's read sees the end of the data; the stream stays until the client finishes it. */
  #sendEnd(): void {
    if (this.isOpen) this.context.outbox.compose().streamDataHead(this.call, 0);
  }

  drained(): void {
    if (this.#direction === 'read' && this.#channel.isPaused()) this.#channel.resume();
  }

  protected takeData(frame: Buffer): boolean {
    const channel = this.#channel;
    if (frame.length === PAYLOAD_OFFSET || this.#finishing || channel.destroyed) return true;
    if (!channel.writable) throw streamError(ErrorCode.OPERATION_INVALID, 'the stream takes no data');
    if (channel.writableNeedDrain && channel.writableLength > UPLOAD_HIGH_WATER) return this.#awaitDrain();
    const data = frame.subarray(PAYLOAD_OFFSET);
    channel.write(isBorrowed(frame) ? Buffer.from(data) : data);
    return true;
  }

  protected obey(packet: StreamPacket): true {
    if (packet.kind === 'hole') throw streamError(ErrorCode.OPERATION_UNSUPPORTED, 'the stream takes no holes');
    if (packet.kind === 'finish') this.#finish();
    else this.#end();
    return true;
  }

  /** Data that the client has written is kept; data that it did not want to read any more is not. */
  #finish(): void {
    if (this.#direction === 'read') return this.#end();
    this.#finishing = true;
    this.#channel.once('finish', () => this.#end());
    this.#channel.end();
  }

  /** Ends as the client wished. */
  #end(): void {
    if (!this.isOpen) return;
    this.destroy();
    this.confirm();
  }

  protected fail(error: unknown): void {
    if (!this.isOpen) return;
    this.destroy();
    this.complain(error);
    this.context.ready();
  }

  #closed(): void {
    if (!this.isOpen || this.#channel.readableEnded) return;
    if (this.#direction === 'read') this.#sendEnd();
    else this.fail(streamError(ErrorCode.OPERATION_FAILED, 'the stream was closed'));
  }

  /** Without a word to the client. */
  destroy(): void {
    this.isOpen = false;
    this.#stopWaiting();
    this.#channel.destroy();
  }

  /** A channel that takes nothing at all must not hold up the client's other calls for ever. */
  #awaitDrain(): false {
    const waiting = this.#channel.writableLength;
    this.#stall ??= setTimeout(() => {
      this.#stall = null;
      if (this.#channel.writableLength < waiting) this.#awaitDrain();
      else this.fail(streamError(ErrorCode.OPERATION_TIMEOUT, 'the receiver of the stream takes no data'));
    }, UPLOAD_STALL_MS);
    return false;
  }

  #unstall(): void {
    this.#stopWaiting();
    this.context.ready();
  }

  #stopWaiting(): void {
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = null;
  }
}
