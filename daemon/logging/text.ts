import { priorityNames } from './priority.ts';
import type { Priority } from './priority.ts';

/** What is to be written, before any sink gives it a form. */
export interface LogRecord {
  readonly time: Date;
  readonly priority: Priority;
  readonly source: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Clients choose names, paths and documents that end up in messages; a line stays a line however large they are. */
const MAX_FACT = 4096;
const MAX_MESSAGE = 16_384;

/** Control characters of both sets, line and paragraph separators, and what turns the direction of text around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line that a terminal shows as it is: nothing in it moves the cursor, and nothing in it starts a new line. */
export function escape(text: string): string {
  return text.replace(UNPRINTABLE, character => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\n') return '\\n';
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

const clip = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);

/** The message and its facts, as `key=value`. */
export function sentence(record: LogRecord): string {
  const facts = Object.entries(record.facts).map(([key, value]) => ` ${key}=${clip(factText(value), MAX_FACT)}`);
  return escape(clip(`${record.message}${facts.join('')}`, MAX_MESSAGE));
}

function factText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(errorText(value));
  if (typeof value === 'string') return /^[\w./:@%+-]+$/.test(value) ? value : JSON.stringify(value);
  return (
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner)) ??
    String(value)
  );
}

function errorText(error: Error): string {
  const text = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${text}\ncaused by ${errorText(error.cause)}` : text;
}

/** A line as libvirt writes it to files and to stderr: time in UTC, process, priority, source, message. */
export function formatLine(record: LogRecord, pid: number): string {
  const time = record.time.toISOString().replace('T', ' ').replace('Z', '+0000');
  return `${time}: ${pid}: ${priorityNames[record.priority].text} : ${record.source} : ${sentence(record)}\n`;
}
