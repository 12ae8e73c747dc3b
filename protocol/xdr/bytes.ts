import { XdrError } from './error.ts';
import type { Reader } from './reader.ts';
import type { Schema } from './schema.ts';
import type { Writer } from './writer.ts';

/** At most `bound` bytes with their length. */
export const opaque = (bound: number): Schema<Uint8Array> => ({
  shape: { kind: 'opaque', bound },
  minSize: 4,
  encode: (writer, value) => writer.opaque(value, bound),
  decode: reader => reader.opaque(bound),
});

/** Exactly `length` bytes. */
export const fixedOpaque = (length: number): Schema<Uint8Array> => ({
  shape: { kind: 'fixedOpaque', length },
  minSize: (length + 3) & ~3,
  encode(writer, value) {
    if (value.length !== length) throw new XdrError(`${value.length} bytes in place of ${length}`);
    writer.fixedOpaque(value);
  },
  decode: reader => reader.fixedOpaque(length),
});

/** Valid UTF-8 of at most `bound` bytes, without NUL. */
export const string = (bound: number): Schema<string> => ({
  shape: { kind: 'string', bound },
  minSize: 4,
  encode: (writer, value) => writer.string(value, bound),
  decode: reader => reader.string(bound),
});

/** 16 bytes on the wire, lower-case 8-4-4-4-12 text in a program. */
export const uuid: Schema<string> = {
  shape: { kind: 'uuid' },
  minSize: 16,
  encode: (writer, value) => writer.uuid(value),
  decode: reader => reader.uuid(),
};

const writeChars = (writer: Writer, value: Uint8Array): void => {
  for (const byte of value) writer.int((byte << 24) >> 24);
};

const readChars = (reader: Reader, count: number): Buffer => {
  const bytes = Buffer.alloc(count);
  for (let index = 0; index < count; index += 1) {
    const value = reader.int();
    if (value < -128 || value > 127) throw new XdrError(`${value} is not in -128..127`).within(index);
    bytes[index] = value;
  }
  return bytes;
};

const readText = (reader: Reader, count: number): string => {
  const bytes = readChars(reader, count);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? count : end);
};

/** A counted array of C `char` used for bytes: each takes four on the wire. */
export const charArray = (bound: number): Schema<Uint8Array> => ({
  shape: { kind: 'charArray', bound },
  minSize: 4,
  encode(writer, value) {
    writer.count(value.length, bound);
    writeChars(writer, value);
  },
  decode: reader => readChars(reader, reader.count(bound, 4)),
});

/** A counted array of C `char` used for text: at most `bound` with the NUL that ends it, which is not part of the value. */
export const charString = (bound: number): Schema<string> => ({
  shape: { kind: 'charString', bound },
  minSize: 4,
  encode(writer, value) {
    const bytes = Buffer.from(`${value}\0`);
    writer.count(bytes.length, bound);
    writeChars(writer, bytes);
  },
  decode: reader => readText(reader, reader.count(bound, 4)),
});

/** `char[length]` of C used for text: filled up with NULs, at least one of them. */
export const fixedCharString = (length: number): Schema<string> => ({
  shape: { kind: 'fixedCharString', length },
  minSize: 4 * length,
  encode(writer, value) {
    const bytes = Buffer.alloc(length);
    if (Buffer.byteLength(value) >= length) throw new XdrError(`'${value}' takes more than ${length - 1} bytes`);
    bytes.write(value);
    writeChars(writer, bytes);
  },
  decode: reader => readText(reader, length),
});
