/** What a surveyor is asked and answers; the other side is controller/surveyor/main.c and survey.h. */
import { frame } from '../guest/frame.ts';
import type { FileFacts } from './file-facts.ts';

/** A name of a directory. */
export interface ListedName {
  readonly name: string;
  /** What the directory says that it is, in the system's numbers; 0: it says nothing. */
  readonly kind: number;
}

export interface SurveyedName extends ListedName {
  /** When the file has changed that is known already, in ns since the epoch: what it holds is not of interest then. */
  readonly known: bigint | null;
}

/** What lies under a name. */
export interface Surveyed {
  readonly facts: FileFacts;
  /** What was asked for of each ordinary file that is not known, each shorter where the file ends; null for all else. */
  readonly pieces: readonly Buffer[] | null;
}

/** Bytes of a name. */
const NAME_MAX = 255;
/** When no file has changed. */
const NEVER = -(1n << 63n);
/** `MESSAGE_SIZE` and `REPORT_SIZE` there, and more. */
export const ANSWER_MAX = 128 << 10;

const Request = { list: 0, look: 1 } as const;

export const encodeList = (): Buffer => frame(writer => writer.uint(Request.list));

export const encodeLook = (names: readonly SurveyedName[]): Buffer =>
  frame(writer => {
    writer.uint(Request.look);
    writer.uint(names.length);
    for (const { name, kind, known } of names) {
      writer.string(name, NAME_MAX);
      writer.uint(kind);
      writer.hyper(known ?? NEVER);
    }
  });

/** Names that are not text hold U+FFFD. Throws RangeError on what is no answer, as `decodeReports` does. */
export function decodeNames(body: Buffer): ListedName[] {
  const names: ListedName[] = [];
  let at = 4;
  for (let left = body.readUInt32BE(0); left > 0; left -= 1) {
    const length = body.readUInt32BE(at);
    const name = body.toString('utf8', at + 4, at + 4 + length);
    at += 4 + padded(length);
    names.push({ name, kind: body.readUInt32BE(at) });
    at += 4;
  }
  return names;
}

/** A report is null when there is nothing to be seen: it is gone, or may not be opened. Pieces are views of `body`. */
export function decodeReports(body: Buffer): (Surveyed | null)[] {
  const reports: (Surveyed | null)[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let at = 4;
  for (let left = view.getUint32(0); left > 0; left -= 1) {
    if (view.getUint32(at) !== 0) {
      reports.push(null);
      at += 4;
      continue;
    }
    const facts = decodeFacts(view, at);
    const pieces: Buffer[] = [];
    const count = view.getUint32(at + PIECES_AT);
    at += PIECES_AT + 4;
    while (pieces.length < count) {
      const length = view.getUint32(at);
      pieces.push(body.subarray(at + 4, at + 4 + length));
      at += 4 + padded(length);
    }
    reports.push({ facts, pieces: count === 0 ? null : pieces });
  }
  return reports;
}

/** Where things are in a report. */
const AT = { mode: 4, uid: 8, gid: 12, size: 16, blocks: 24, atime: 32, mtime: 40, ctime: 48, btime: 56 } as const;
const PIECES_AT = 64;

const decodeFacts = (view: DataView, at: number): FileFacts => ({
  mode: view.getUint32(at + AT.mode),
  uid: view.getUint32(at + AT.uid),
  gid: view.getUint32(at + AT.gid),
  size: view.getBigUint64(at + AT.size),
  blocks: view.getBigUint64(at + AT.blocks),
  atime: view.getBigInt64(at + AT.atime),
  mtime: view.getBigInt64(at + AT.mtime),
  ctime: view.getBigInt64(at + AT.ctime),
  btime: view.getBigInt64(at + AT.btime),
});

const padded = (length: number): number => (length + 3) & ~3;
