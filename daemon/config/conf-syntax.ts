/**
 * The syntax of libvirt's configuration files: `name = value`, one to a line or separated by `;`; a value is a whole
 * number, a string in `'…'`, `"…"` (one line, no escapes) or `"""…"""` (any number of lines), or a list `[ a, b, ]` of
 * strings that may span lines; `#` starts a comment. It looks like TOML and is not: no escapes, no tables, the first of
 * two equal names wins.
 */

export type ConfValue = number | string | readonly string[];

export interface ConfEntry {
  readonly value: ConfValue;
  /** Counted from 1. */
  readonly line: number;
}

/** A configuration that cannot be used: what is wrong, and in which file and line. */
export class ConfError extends Error {
  override readonly name = 'ConfError';

  constructor(file: string, line: number | null, problem: string) {
    super(line === null ? `${file}: ${problem}` : `${file}:${line}: ${problem}`);
  }
}

const BLANKS = /[ \t]*/y;
const BLANKS_AND_COMMENT = /[ \t]*(?:#[^\n]*)?/y;
const LIST_END = /(?=\])/y;
const LIST_GAP = /(?:[ \t\r\n]|#[^\n]*)*/y;
const SEPARATOR = /;|\r?\n|\r|$/y;
const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
const NUMBER = /[+-]?\d+/y;
const LONG_STRING = /"""([^]*?)"""/y;
const STRING = /'([^'\r\n]*)'|"([^"\r\n]*)"/y;

class Scanner {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  /** Consumes what matches here; null leaves everything as it was. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  takeText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  fail(problem: string): ConfError {
    return new ConfError(this.#file, this.line, `configuration file syntax error: ${problem}`);
  }
}

function readString(scanner: Scanner): string | null {
  const long = scanner.take(LONG_STRING);
  if (long !== null) return long[1] ?? '';
  const short = scanner.take(STRING);
  if (short !== null) return short[1] ?? short[2] ?? '';
  if (scanner.takeText('"') || scanner.takeText("'")) throw scanner.fail('unterminated string');
  return null;
}

function readList(scanner: Scanner): string[] {
  const items: string[] = [];
  scanner.take(LIST_GAP);
  while (!scanner.takeText(']')) {
    const item = readString(scanner);
    if (item === null) throw scanner.fail('expecting a string in list');
    items.push(item);
    scanner.take(LIST_GAP);
    if (scanner.takeText(',')) scanner.take(LIST_GAP);
    else if (scanner.take(LIST_END) === null) throw scanner.fail('expecting a separator in list');
  }
  return items;
}

function readValue(scanner: Scanner): ConfValue {
  const string = readString(scanner);
  if (string !== null) return string;
  if (scanner.takeText('[')) return readList(scanner);
  const number = scanner.take(NUMBER);
  if (number === null) throw scanner.fail('expecting a value');
  return Number(number[0]);
}

/** Throws ConfError with the line where the text stops being a configuration. `file` is only named in errors. */
export function parseConf(text: string, file: string): Map<string, ConfEntry> {
  const scanner = new Scanner(text, file);
  const entries = new Map<string, ConfEntry>();
  while (!scanner.done) {
    scanner.take(BLANKS_AND_COMMENT);
    if (scanner.take(SEPARATOR) !== null) continue;
    const name = scanner.take(NAME)?.[0];
    if (name === undefined) throw scanner.fail('expecting a name');
    const { line } = scanner;
    scanner.take(BLANKS);
    if (!scanner.takeText('=')) throw scanner.fail('expecting an assignment');
    scanner.take(BLANKS);
    const value = readValue(scanner);
    if (!entries.has(name)) entries.set(name, { value, line });
    scanner.take(BLANKS_AND_COMMENT);
    if (scanner.take(SEPARATOR) === null) throw scanner.fail('expecting a separator');
  }
  return entries;
}
