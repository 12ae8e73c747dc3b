/** Values as D-Bus puts them on the wire (D-Bus Specification, "Marshaling"), in little-endian order. */

/** A value with its type, where a signature only says "variant". */
export interface Variant {
  readonly signature: string;
  readonly value: Value;
}
export type Value = number | bigint | boolean | string | Variant | readonly Value[];

export class DBusFormatError extends Error {
  override readonly name = 'DBusFormatError';
}

/** The specification's own limits. */
const MAX_DEPTH = 64;
const MAX_ARRAY = 1 << 26;

interface Fixed {
  readonly size: 1 | 2 | 4 | 8;
  write(bytes: Buffer, value: Value): void;
  read(bytes: Buffer, at: number): Value;
}

const number = (value: Value): number => (typeof value === 'number' ? value : refuse(value, 'number'));
const bigint = (value: Value): bigint => (typeof value === 'bigint' ? value : refuse(value, 'bigint'));
const text = (value: Value): string => (typeof value === 'string' ? value : refuse(value, 'string'));

function refuse(value: Value, wanted: string): never {
  throw new DBusFormatError(`a ${typeof value} is no ${wanted}`);
}

const fixed: Readonly<Record<string, Fixed>> = {
  y: { size: 1, write: (b, v) => b.writeUInt8(number(v)), read: (b, at) => b.readUInt8(at) },
  b: { size: 4, write: (b, v) => b.writeUInt32LE(v === true ? 1 : 0), read: (b, at) => b.readUInt32LE(at) === 1 },
  n: { size: 2, write: (b, v) => b.writeInt16LE(number(v)), read: (b, at) => b.readInt16LE(at) },
  q: { size: 2, write: (b, v) => b.writeUInt16LE(number(v)), read: (b, at) => b.readUInt16LE(at) },
  i: { size: 4, write: (b, v) => b.writeInt32LE(number(v)), read: (b, at) => b.readInt32LE(at) },
  u: { size: 4, write: (b, v) => b.writeUInt32LE(number(v)), read: (b, at) => b.readUInt32LE(at) },
  x: { size: 8, write: (b, v) => b.writeBigInt64LE(bigint(v)), read: (b, at) => b.readBigInt64LE(at) },
  t: { size: 8, write: (b, v) => b.writeBigUInt64LE(bigint(v)), read: (b, at) => b.readBigUInt64LE(at) },
  d: { size: 8, write: (b, v) => b.writeDoubleLE(number(v)), read: (b, at) => b.readDoubleLE(at) },
};

/** The single complete types of a signature: "a(sv)u" is "a(sv)" and "u". */
export function typesOf(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at, 0);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

function endOfType(signature: string, at: number, depth: number): number {
  const first = signature[at];
  if (first === undefined || depth > MAX_DEPTH) throw new DBusFormatError(`'${signature}' is no signature`);
  if (first === 'a') return endOfType(signature, at + 1, depth + 1);
  const close = closing[first];
  if (close === undefined) {
    if (first in fixed || 'sogv'.includes(first)) return at + 1;
    throw new DBusFormatError(`'${first}' is no type`);
  }
  let end = at + 1;
  while (signature[end] !== close) end = endOfType(signature, end, depth + 1);
  return end + 1;
}

function alignmentOf(type: string): number {
  const [first = ''] = type;
  if (first === '(' || first === '{') return 8;
  return fixed[first]?.size ?? (first === 'g' || first === 'v' ? 1 : 4);
}

/** Puts values one behind the other, each at the place that its type wants. */
export class ValueWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  align(size: number): void {
    const rest = this.#length % size;
    if (rest !== 0) this.#append(Buffer.alloc(size - rest));
  }

  /** Throws DBusFormatError where value and type do not fit. */
  write(type: string, value: Value): void {
    const [first = ''] = type;
    const plain = fixed[first];
    if (plain !== undefined) this.#writeFixed(plain, value);
    else if (first === 's' || first === 'o') this.#writeText(text(value));
    else if (first === 'g') this.#writeSignature(text(value));
    else if (first === 'v') this.#writeVariant(value);
    else if (first === 'a') this.#writeArray(type.slice(1), value);
    else this.#writeStruct(typesOf(type.slice(1, -1)), value);
  }

  take(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  #append(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  #writeFixed(type: Fixed, value: Value): void {
    this.align(type.size);
    const bytes = Buffer.alloc(type.size);
    type.write(bytes, value);
    this.#append(bytes);
  }

  #writeText(value: string): void {
    if (value.includes('\0')) throw new DBusFormatError('a string has a NUL in it');
    const bytes = Buffer.from(`${value}\0`);
    this.write('u', bytes.length - 1);
    this.#append(bytes);
  }

  #writeSignature(value: string): void {
    this.write('y', value.length);
    this.#append(Buffer.from(`${value}\0`, 'latin1'));
  }

  #writeVariant(value: Value): void {
    if (typeof value !== 'object' || !('signature' in value)) throw new DBusFormatError('a variant names its type');
    this.#writeSignature(value.signature);
    this.write(value.signature, value.value);
  }

  #writeArray(element: string, value: Value): void {
    if (!Array.isArray(value)) throw new DBusFormatError('an array is a list');
    this.align(4);
    const length = Buffer.alloc(4);
    this.#append(length);
    this.align(alignmentOf(element));
    const start = this.#length;
    for (const each of value) this.write(element, each);
    length.writeUInt32LE(this.#length - start);
  }

  #writeStruct(types: readonly string[], value: Value): void {
    if (!Array.isArray(value) || value.length !== types.length) throw new DBusFormatError('a structure is a list');
    this.align(8);
    types.forEach((type, at) => this.write(type, value[at]));
  }
}

/** Reads what a ValueWriter wrote, wherever it comes from: throws DBusFormatError or RangeError for anything else. */
export class ValueReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  align(size: number): void {
    this.#at = Math.ceil(this.#at / size) * size;
  }

  read(type: string, depth = 0): Value {
    if (depth > MAX_DEPTH) throw new DBusFormatError('values are nested too deeply');
    const [first = ''] = type;
    const plain = fixed[first];
    if (plain !== undefined) return this.#readFixed(plain);
    if (first === 's' || first === 'o') return this.#readText(this.#length(MAX_ARRAY));
    if (first === 'g') return this.#readText(number(this.read('y')));
    if (first === 'v') return this.#readVariant(depth);
    if (first === 'a') return this.#readArray(type.slice(1), depth);
    this.align(8);
    return typesOf(type.slice(1, -1)).map(member => this.read(member, depth + 1));
  }

  #readFixed(type: Fixed): Value {
    this.align(type.size);
    const value = type.read(this.#bytes, this.#at);
    this.#at += type.size;
    return value;
  }

  #length(limit: number): number {
    const length = number(this.read('u'));
    if (length > limit || this.#at + length > this.#bytes.length) throw new DBusFormatError('a length is too long');
    return length;
  }

  #readText(length: number): string {
    const end = this.#at + length;
    if (end >= this.#bytes.length || this.#bytes[end] !== 0) throw new DBusFormatError('a string does not end');
    const value = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return value;
  }

  #readVariant(depth: number): Variant {
    const signature = text(this.read('g'));
    if (typesOf(signature).length !== 1) throw new DBusFormatError('a variant is of one type');
    return { signature, value: this.read(signature, depth + 1) };
  }

  #readArray(element: string, depth: number): Value[] {
    const length = this.#length(MAX_ARRAY);
    this.align(alignmentOf(element));
    const end = this.#at + length;
    const values: Value[] = [];
    while (this.#at < end) values.push(this.read(element, depth + 1));
    if (this.#at !== end) throw new DBusFormatError('an array does not end with its last element');
    return values;
  }
}
