import { closeSync, openSync, readSync } from 'node:fs';
import type { ConfEntry } from './conf-syntax.ts';
import { ConfError, parseConf } from './conf-syntax.ts';
import type { Key } from './key.ts';
import { Problem } from './key.ts';

type KeyTable = Readonly<Record<string, Key<unknown>>>;

/** The values of a table of keys, by their names. */
export type Settings<Table extends KeyTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Key<infer Value> ? Value : never;
};

export interface Loaded<Table extends KeyTable> {
  /** Null where there was no file, and everything is as by default. */
  readonly file: string | null;
  readonly settings: Settings<Table>;
  /** Worth a line in the log: keys that mean nothing to us. Unknown ones are no error: libvirt's later releases add some. */
  readonly warnings: readonly string[];
}

/** A configuration file is small; this keeps a mistaken `--config /dev/zero` from taking all memory. */
const MAX_BYTES = 1 << 20;

/** What a table says when there is no file at all. */
export function defaultsOf<Table extends KeyTable>(table: Table): Settings<Table> {
  return settingsOf(table, new Map(), '');
}

/**
 * Reads `file` by `table`. Throws ConfError, with the line where one is to blame. A file that is not there counts as an
 * empty one unless it is `required`.
 */
export function loadConf<Table extends KeyTable>(table: Table, file: string, required: boolean): Loaded<Table> {
  const text = readText(file, required);
  const entries = text === null ? new Map<string, ConfEntry>() : parseConf(text, file);
  return {
    file: text === null ? null : file,
    settings: settingsOf(table, entries, file),
    warnings: [...entries]
      .filter(([name]) => table[name] === undefined)
      .map(([name, { line }]) => `${file}:${line}: '${name}' is not a key of this file, ignored`),
  };
}

function settingsOf<Table extends KeyTable>(
  table: Table,
  entries: ReadonlyMap<string, ConfEntry>,
  file: string,
): Settings<Table> {
  const values = Object.entries(table).map(([name, key]) => [name, valueOf(key, name, entries.get(name), file)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one value per key of the table, read by that key
  return Object.fromEntries(values) as Settings<Table>;
}

function readText(file: string, required: boolean): string | null {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'ENOENT' && !required) return null;
    throw new ConfError(file, null, `Failed to open file: ${error.message}`);
  }
  try {
    return readBounded(fd, file);
  } finally {
    closeSync(fd);
  }
}

function readBounded(fd: number, file: string): string {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read)
    read = readSync(fd, buffer, length, buffer.length - length, null);
  if (length > MAX_BYTES) throw new ConfError(file, null, `larger than ${MAX_BYTES} bytes`);
  return buffer.toString('utf8', 0, length);
}

function valueOf(key: Key<unknown>, name: string, entry: ConfEntry | undefined, file: string): unknown {
  if (entry === undefined) return key.default;
  try {
    return key.read(entry.value, name);
  } catch (error) {
    if (error instanceof Problem) throw new ConfError(file, entry.line, error.message);
    throw error;
  }
}
