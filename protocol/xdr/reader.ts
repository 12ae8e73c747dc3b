import { isUtf8 } from 'node:buffer';
import { XdrError } from './error.ts';
import { readUuid } from './uuid.ts';

/** Up to this many bytes, looking at each for ASCII is cheaper than calling the general UTF-8 checker. */
const SHORT = 48;

/** Where 64-bit numbers are put together: cheaper than a view of every message, or than joining two halves as bigints. */
const scratch = new DataView(new ArrayBuffer(8));

const padded = (size: number): number => (size + 3) & ~3;

/** Reads XDR from `bytes`, never past `end`, and copies whatever it hands out, so `bytes` may be reused afterwards. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#end - this.#at;
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.#end - at) throw new XdrError(`needs ${size} bytes, ${this.#end - at} are left`);
    this.#at = at + size;
    return at;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  uint(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  hyper(): bigint {
    return this.#eight().getBigInt64(0);
  }

  uhyper(): bigint {
    return this.#eight().getBigUint64(0);
  }

  double(): number {
    return this.#eight().getFloat64(0);
  }

  #eight(): DataView {
    const at = this.#take(8);
    scratch.setInt32(0, this.#bytes.readInt32BE(at));
    scratch.setInt32(4, this.#bytes.readInt32BE(at + 4));
    return scratch;
  }

  /** The count of an array of at most `bound` items that take at least `itemSize` bytes each. */
  count(bound: number, itemSize: number): number {
    const count = this.uint();
    if (count > bound) throw new XdrError(`${count} items, at most ${bound} are allowed`);
    if (count * itemSize > this.left) throw new XdrError(`${count} items do not fit in the ${this.left} bytes left`);
    return count;
  }

  #length(bound: number): number {
    const length = this.uint();
    if (length > bound) throw new XdrError(`${length} bytes, at most ${bound} are allowed`);
    if (length > this.left) throw new XdrError(`needs ${length} bytes, ${this.left} are left`);
    return length;
  }

  /** `length` bytes and their padding, whose content is not looked at: the real daemon does not either. */
  fixedOpaque(length: number): Uint8Array {
    const at = this.#take(padded(length));
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  opaque(bound: number): Uint8Array {
    return this.fixedOpaque(this.#length(bound));
  }

  /** Valid UTF-8 without NUL: a C string at the other end stops at the first one, so two sides could see two texts. */
  string(bound: number): string {
    const length = this.#length(bound);
    const at = this.#take(padded(length));
    return this.#text(at, at + length);
  }

  #text(from: number, to: number): string {
    const bytes = this.#bytes;
    if (to - from <= SHORT) {
      let at = from;
      while (at < to && isPlain(bytes[at])) at += 1;
      if (at === to) return bytes.toString('latin1', from, to);
    }
    const text = bytes.subarray(from, to);
    if (!isUtf8(text)) throw new XdrError('is not valid UTF-8');
    if (text.includes(0)) throw new XdrError('contains a NUL byte');
    return text.toString();
  }

  /** 16 bytes as 8-4-4-4-12 lower-case hexadecimal digits. */
  uuid(): string {
    return readUuid(this.#bytes, this.#take(16));
  }
}

/** ASCII, and not NUL. */
const isPlain = (byte: number | undefined): boolean => byte !== undefined && byte > 0 && byte < 128;
