import { LENGTH_SIZE, MESSAGE_MAX, MESSAGE_MIN } from './limits.ts';

/** A length word that no message can have: the peer does not speak the protocol, and its connection must end. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const EMPTY = Buffer.alloc(0);
/**
 * What is set aside at most for a message of which only the beginning is there: a packet of stream data fits. For a longer
 * one it grows with the bytes, not with the promise.
 */
const FIRST_PIECE = 512 << 10;

/** Messages whose memory is kept to be used again: how long they are at least, and how many. */
const SPARE_MIN = 128 << 10;
const SPARES = 4;

/**
 * Cuts a byte stream into messages, length word included. It knows no socket: chunks go in as they come, and memory is
 * held for the one message that has begun only, at most twice what has arrived of it.
 */
export class FrameSplitter {
  #limit: number;
  #partial: Buffer = EMPTY;
  readonly #spare: Buffer[] = [];
  #held = 0;
  /** Of the message that has begun; 0 while its length word is not complete. */
  #size = 0;

  /** `limit` is the longest message taken, in bytes with its length word; at most what the protocol allows. */
  constructor(limit = MESSAGE_MAX) {
    this.#limit = Math.min(limit, MESSAGE_MAX);
  }

  /** No message has begun. */
  get isEmpty(): boolean {
    return this.#held === 0;
  }

  /** Bytes still missing until a message, or at least its length, is complete: what an exact reader reads next. */
  get needed(): number {
    return (this.#size === 0 ? LENGTH_SIZE : this.#size) - this.#held;
  }

  /**
   * Memory for the next bytes of the message that has begun, or null when none has: what is read into it and then pushed
   * needs not be copied. It ends with the message at the latest.
   */
  get room(): Buffer | null {
    if (this.#size === 0 || this.#held === this.#partial.length) return null;
    return this.#partial.subarray(this.#held, this.#size);
  }

  /** From the next message on, another limit: strangers get a lower one than clients who have authenticated. */
  set limit(limit: number) {
    this.#limit = Math.min(limit, MESSAGE_MAX);
  }

  /**
   * Takes the next bytes and calls `deliver` for each message they complete, in order. A frame that lies whole in
   * `chunk` is a view of it: it is valid only until the owner of `chunk` reuses that memory.
   *
   * Throws FrameError on a length out of bounds, after the messages in front of it were delivered. A splitter that threw
   * is of no further use.
   */
  push(chunk: Buffer, deliver: (frame: Buffer) => void): void {
    let at = this.#held === 0 ? 0 : this.#complete(chunk, deliver);
    while (chunk.length - at >= LENGTH_SIZE) {
      const size = this.#sizeAt(chunk, at);
      if (chunk.length - at < size) {
        this.#size = size;
        break;
      }
      at += size;
      deliver(chunk.subarray(at - size, at));
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
  }

  /** Brings the message that has begun to its end, if `chunk` has it; tells how many of its bytes went into that. */
  #complete(chunk: Buffer, deliver: (frame: Buffer) => void): number {
    let at = 0;
    if (this.#size === 0) {
      at = Math.min(this.needed, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#held < LENGTH_SIZE) return at;
      this.#size = this.#sizeAt(this.#partial, 0);
    }
    const end = Math.min(at + this.needed, chunk.length);
    this.#keep(chunk, at, end);
    if (this.#held === this.#size) this.#release(deliver);
    return end;
  }

  #release(deliver: (frame: Buffer) => void): void {
    const frame = this.#partial.subarray(0, this.#size);
    this.#partial = EMPTY;
    this.#held = 0;
    this.#size = 0;
    deliver(frame);
  }

  #sizeAt(bytes: Buffer, at: number): number {
    const size = bytes.readUInt32BE(at);
    if (size < MESSAGE_MIN) throw new FrameError(`a message of ${size} bytes is too short to have a header`);
    if (size > this.#limit) throw new FrameError(`a message of ${size} bytes exceeds the limit of ${this.#limit}`);
    return size;
  }

  /**
   * Takes the memory of a message that was delivered and is of no use any more, for those to come: a stream of large
   * messages would keep the garbage collector busy. Views of chunks, and small messages, are not worth it.
   */
  recycle(frame: Buffer): void {
    const { buffer } = frame;
    const fits = buffer.byteLength >= SPARE_MIN && buffer.byteLength <= FIRST_PIECE;
    if (fits && this.#spare.length < SPARES) this.#spare.push(Buffer.from(buffer));
  }

  #spareOf(size: number): Buffer | null {
    const last = this.#spare.at(-1);
    if (size < SPARE_MIN || last === undefined || last.length < size) return null;
    return this.#spare.pop() ?? null;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const held = this.#held + to - from;
    if (held > this.#partial.length) {
      const wanted = Math.max(held, this.#partial.length * 2, FIRST_PIECE);
      const size = Math.max(held, Math.min(wanted, this.#size));
      const next = this.#spareOf(size) ?? Buffer.allocUnsafeSlow(size);
      this.#partial.copy(next, 0, 0, this.#held);
      this.#partial = next;
    }
    const inPlace = chunk.buffer === this.#partial.buffer;
    if (!inPlace) chunk.copy(this.#partial, this.#held, from, to);
    this.#held = held;
  }
}
