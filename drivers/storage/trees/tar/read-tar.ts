import type { ByteReader } from './byte-reader.ts';
import { invalidArchive } from './invalid-archive.ts';
import { paxRecords } from './pax-records.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';

const BLOCK = 512;
/** Of a header that goes before another: a long name, or attributes. */
const EXTENSION_MAX = 1 << 20;

/** Of the headers that hold for all entries. */
const GLOBAL_RECORDS_MAX = 1000;
const GLOBAL_BYTES_MAX = 64 << 10;

const types: Readonly<Record<string, TarEntryType>> = {
  '': 'file',
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
};

/** What headers say of the one that comes next. */
interface Extension {
  readonly records: ReadonlyMap<string, Buffer>;
  readonly path: string | null;
  readonly target: string | null;
}

const nothing: Extension = { records: new Map(), path: null, target: null };

/**
 * The entries of a tar archive: ustar, with the extensions of pax and GNU. Holds one header and one chunk. Throws invalidArg
 * for what is none.
 */
export async function* readTar(reader: ByteReader): AsyncGenerator<TarEntry> {
  let global: ReadonlyMap<string, Buffer> = new Map();
  let next = nothing;
  for (let header = await headerOf(reader); header !== null; header = await headerOf(reader)) {
    const type = header.toString('latin1', 156, 157);
    const size = next.records.has('size') ? decimal(next.records, 'size', 0) : number(header, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw invalidArchive('an entry has an impossible size');
    if (type === 'g') global = widened(global, paxRecords(await extension(reader, size)));
    else if (type === 'x') next = { ...next, records: paxRecords(await extension(reader, size)) };
    else if (type === 'L') next = { ...next, path: text(await extension(reader, size)) };
    else if (type === 'K') next = { ...next, target: text(await extension(reader, size)) };
    else {
      const body = new Body(reader, size);
      const entry = entryOf(header, types[type], { ...next, records: new Map([...global, ...next.records]) }, body);
      next = nothing;
      if (entry !== null) yield entry;
      await body.skip();
    }
  }
}

/** What holds for all entries from here on. It is gone through for each: no archive needs more than some of it. */
function widened(global: ReadonlyMap<string, Buffer>, more: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  // Copies: a value is a view of its whole header.
  const all = new Map([...global, ...Array.from(more, ([key, value]) => [key, Buffer.from(value)] as const)]);
  const bytes = [...all].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (all.size > GLOBAL_RECORDS_MAX || bytes > GLOBAL_BYTES_MAX)
    throw invalidArchive('its global headers are too long');
  return all;
}

/** The next header; null at the end, which is a block of zeros, or nothing at all. */
async function headerOf(reader: ByteReader): Promise<Buffer | null> {
  const header = await reader.exactly(BLOCK);
  if (header.every(byte => byte === 0)) return null;
  if (header.length < BLOCK) throw invalidArchive('it ends too early');
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (number(header, 148, 8) !== sum) throw invalidArchive('it is no tar archive, or it is damaged');
  return header;
}

async function extension(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > EXTENSION_MAX) throw invalidArchive('an extended header is too long');
  const bytes = Buffer.from((await reader.exactly(padded(size))).subarray(0, size));
  if (bytes.length < size) throw invalidArchive('it ends too early');
  return bytes;
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

function entryOf(
  header: Buffer,
  type: TarEntryType | undefined,
  { records, path, target }: Extension,
  body: Body,
): TarEntry | null {
  if (type === undefined || records.has('GNU.sparse.major') || records.has('GNU.sparse.map'))
    throw invalidArchive('it has entries of a kind that is not known');
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  return {
    path: textOf(records, 'path') ?? path ?? (prefix === '' ? name : `${prefix}/${name}`),
    type,
    mode: number(header, 100, 8) & 0o7777,
    uid: decimal(records, 'uid', number(header, 108, 8)),
    gid: decimal(records, 'gid', number(header, 116, 8)),
    size: body.size,
    mtime: decimal(records, 'mtime', number(header, 136, 12)),
    target: textOf(records, 'linkpath') ?? target ?? text(header.subarray(157, 257)),
    attributes: attributesOf(records),
    content: () => body.pieces(),
  };
}

const ATTRIBUTE = 'SCHILY.xattr.';

const attributesOf = (records: ReadonlyMap<string, Buffer>): Map<string, Buffer> =>
  new Map(
    [...records].flatMap(([key, value]) =>
      key.startsWith(ATTRIBUTE) ? [[key.slice(ATTRIBUTE.length), value] as const] : [],
    ),
  );

const textOf = (records: ReadonlyMap<string, Buffer>, key: string): string | null =>
  records.get(key)?.toString('utf8') ?? null;

function decimal(records: ReadonlyMap<string, Buffer>, key: string, fallback: number): number {
  const value = records.get(key);
  if (value === undefined) return fallback;
  const parsed = Number(value.toString('latin1'));
  if (!Number.isFinite(parsed)) throw invalidArchive(`a pax header has no number for '${key}'`);
  return parsed;
}

/** Up to the first zero. */
function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** Octal digits; or, with the top bit set, the number itself. */
function number(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if ((field[0] ?? 0) === 0x80) return Number(BigInt(`0x${field.subarray(1).toString('hex')}`));
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw invalidArchive('a header has no number where one belongs');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** The content of one entry, and what pads it. */
class Body {
  readonly size: number;
  readonly #reader: ByteReader;
  #left: number;

  constructor(reader: ByteReader, size: number) {
    this.#reader = reader;
    this.size = size;
    this.#left = size;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    while (this.#left > 0) yield await this.#take();
  }

  async #take(): Promise<Buffer> {
    const piece = await this.#reader.some(this.#left);
    if (piece === null) throw invalidArchive('it ends too early');
    this.#left -= piece.length;
    return piece;
  }

  async skip(): Promise<void> {
    while (this.#left > 0) await this.#take();
    await this.#reader.exactly(padded(this.size) - this.size);
  }
}
