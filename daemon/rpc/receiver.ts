import { FrameError, FrameSplitter } from '../../protocol/frame.ts';
import type { ByteSink } from './adopt.ts';

/** What all connections read into: bytes stay there no longer than a call of `received`. */
const shared = Buffer.allocUnsafeSlow(64 << 10);

export interface Frame {
  readonly bytes: Buffer;
  /** Nothing behind it has been read from the socket. */
  readonly exact: boolean;
}

/** Whether `bytes` will be overwritten by what is read next, from any connection. */
export const isBorrowed = (bytes: Buffer): boolean => bytes.buffer === shared.buffer;

interface FrameSink {
  /** Takes a message, or refuses it with false: then it is offered again by `retry`, and those behind it wait. */
  take(frame: Frame): boolean;
  /** What comes is not a stream of messages. */
  broken(error: FrameError): void;
}

/**
 * Cuts what comes out of a socket into messages. It reads as much as there is, until `readExactly`: from then on never a
 * byte beyond the message that it is in, so that descriptors, which the kernel attaches to bytes, can be fetched where
 * they are due.
 */
export class Receiver implements ByteSink {
  readonly #sink: FrameSink;
  readonly #splitter: FrameSplitter;
  readonly #deliver = (bytes: Buffer): void => this.#offer(bytes);
  #exact = false;
  #target: Buffer = shared;
  /** Messages that wait, the first of them because it was refused. */
  readonly #waiting: Frame[] = [];

  /** Longer messages than `limit` bytes break the stream. */
  constructor(sink: FrameSink, limit: number) {
    this.#sink = sink;
    this.#splitter = new FrameSplitter(limit);
  }

  /** For the next message on. */
  set limit(limit: number) {
    this.#splitter.limit = limit;
  }

  /** From the next read on. */
  readExactly(): void {
    this.#exact = true;
  }

  readAhead(): void {
    this.#exact = false;
  }

  /** Nothing has come behind the message that is being taken. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#splitter.isEmpty;
  }

  /**
   * Behind a refused message the next read is an exact one in any case: its memory is chosen now, and by the time it
   * happens `readExactly` may have been called.
   */
  target(): Buffer {
    const exact = this.#exact || this.#waiting.length > 0;
    this.#target =
      this.#splitter.room ?? (exact ? Buffer.allocUnsafe(Math.min(this.#splitter.needed, shared.length)) : shared);
    return this.#target;
  }

  /** What came with a message is of no use any more; see `FrameSplitter.recycle`. */
  recycle(bytes: Buffer): void {
    if (!isBorrowed(bytes)) this.#splitter.recycle(bytes);
  }

  /** False: read no more until `retry` has succeeded. */
  received(count: number): boolean {
    const target = this.#target;
    try {
      this.#splitter.push(count === target.length ? target : target.subarray(0, count), this.#deliver);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#sink.broken(error);
      return false;
    }
    return this.#waiting.length === 0;
  }

  /** Offers again what was refused; false when it was refused again. */
  retry(): boolean {
    for (let [frame] = this.#waiting; frame !== undefined; [frame] = this.#waiting) {
      if (!this.#sink.take(frame)) return false;
      this.#waiting.shift();
    }
    return true;
  }

  #offer(bytes: Buffer): void {
    const frame = { bytes, exact: this.#target !== shared };
    if (this.#waiting.length === 0 && this.#sink.take(frame)) return;
    this.#waiting.push(isBorrowed(bytes) ? { ...frame, bytes: Buffer.from(bytes) } : frame);
  }
}
