import { XdrError } from './error.ts';
import { writeUuid } from './uuid.ts';

/** The first piece of memory of a writer: most messages are smaller than this. */
const CHUNK = 8192;
/** Up to this many characters, copying one by one is cheaper than two calls into Buffer. */
const SHORT = 48;

const EMPTY = Buffer.alloc(0);

const padded = (size: number): number => (size + 3) & ~3;

/**
 * Writes XDR one after the other into memory that grows, and hands over what was written in one piece. The memory behind
 * a piece that was handed over is never written again; its unused rest serves what is written next.
 */
export class Writer {
  #bytes = EMPTY;
  #view = new DataView(EMPTY.buffer, 0, 0);
  #start = 0;
  #end = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** What was written since the last call, as one Buffer that is the caller's from now on. */
  take(): Buffer {
    const piece = this.#bytes.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return piece;
  }

  /** Forgets what was written after `length` was the length: the way out of a value that cannot be encoded. */
  rewind(length: number): void {
    this.#end = this.#start + length;
  }

  /** Overwrites the four bytes at `offset` (from the last `take`): for a length that is known only afterwards. */
  patchUint(offset: number, value: number): void {
    this.#view.setUint32(this.#start + offset, value);
  }

  #reserve(size: number): number {
    if (this.#end + size > this.#bytes.length) this.#grow(size);
    const at = this.#end;
    this.#end = at + size;
    return at;
  }

  #grow(size: number): void {
    const used = this.length;
    const next = Buffer.allocUnsafeSlow(Math.max(CHUNK, used + size, used * 2));
    this.#bytes.copy(next, 0, this.#start, this.#end);
    this.#bytes = next;
    this.#view = new DataView(next.buffer, next.byteOffset, next.byteLength);
    this.#start = 0;
    this.#end = used;
  }

  int(value: number): void {
    if ((value | 0) !== value) throw new XdrError(`${value} is not a 32-bit integer`);
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  uint(value: number): void {
    if (value >>> 0 !== value) throw new XdrError(`${value} is not an unsigned 32-bit integer`);
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  hyper(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw new XdrError(`${value} is not a 64-bit integer`);
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value);
  }

  uhyper(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) throw new XdrError(`${value} is not an unsigned 64-bit integer`);
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
  }

  /** The count of an array. */
  count(count: number, bound: number): void {
    if (count > bound) throw new XdrError(`${count} items, at most ${bound} are allowed`);
    this.uint(count);
  }

  #padding(at: number, size: number): void {
    if (size > 0) this.#view.setUint32(at + padded(size) - 4, 0);
  }

  /** Bytes and their padding, without a length. */
  fixedOpaque(value: Uint8Array): void {
    const at = this.#reserve(padded(value.length));
    this.#padding(at, value.length);
    this.#bytes.set(value, at);
  }

  opaque(value: Uint8Array, bound: number): void {
    if (value.length > bound) throw new XdrError(`${value.length} bytes, at most ${bound} are allowed`);
    this.uint(value.length);
    this.fixedOpaque(value);
  }

  /** Bytes as they are: what a stream carries. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /** UTF-8 with its length; a NUL would end the string early in the other program. */
  string(value: string, bound: number): void {
    if (value.length > SHORT || value.length > bound || !this.#shortAscii(value)) this.#anyString(value, bound);
  }

  #shortAscii(value: string): boolean {
    const size = value.length;
    const start = this.#reserve(4 + padded(size));
    const bytes = this.#bytes;
    this.#view.setUint32(start, size);
    this.#padding(start + 4, size);
    for (let index = 0; index < size; index += 1) {
      const code = value.charCodeAt(index);
      if (code === 0 || code > 127) {
        this.#end = start;
        return false;
      }
      bytes[start + 4 + index] = code;
    }
    return true;
  }

  #anyString(value: string, bound: number): void {
    const size = Buffer.byteLength(value);
    if (size > bound) throw new XdrError(`${size} bytes, at most ${bound} are allowed`);
    if (value.includes('\0')) throw new XdrError('contains a NUL character');
    this.uint(size);
    const at = this.#reserve(padded(size));
    this.#padding(at, size);
    this.#bytes.write(value, at, size, 'utf8');
  }

  /** 8-4-4-4-12 hexadecimal digits as 16 bytes. */
  uuid(value: string): void {
    const at = this.#reserve(16);
    if (!writeUuid(value, this.#bytes, at)) throw new XdrError(`'${value}' is not a UUID`);
  }
}
