import { constants } from 'node:fs';
import type { GuestFile } from '../../../../native/guest/guest.ts';
import { AgentCommandFailed, reworded } from '../session/agent-failure.ts';
import { DONE, type CommandTable } from './command.ts';

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** The modes of fopen(3); a "b" anywhere behind the first letter changes nothing. */
const modes = new Map([
  ['r', O_RDONLY],
  ['w', O_WRONLY | O_CREAT | O_TRUNC],
  ['a', O_WRONLY | O_CREAT | O_APPEND],
  ['r+', O_RDWR],
  ['w+', O_RDWR | O_CREAT | O_TRUNC],
  ['a+', O_RDWR | O_CREAT | O_APPEND],
]);

/** SEEK_*, by both ways to name them. */
const origins = new Map<unknown, number>([
  ['set', 0],
  ['cur', 1],
  ['end', 2],
  [0, 0],
  [1, 1],
  [2, 2],
]);

const READ_DEFAULT = 4096;
/** The agent's own limit, in bytes; a larger count is an error. */
const READ_MAX = 48 << 20;
/** What one reply can carry, in bytes: a file that is longer takes several calls. */
const REPLY_MAX = 3_000_000;

/** Files of the container, by handles. */
export const files = {
  'guest-file-open': args => {
    const path = args.path('path');
    const mode = args.textOr('mode', 'r');
    const flags = modes.get(mode.replace(/(?<=^.+)b/, ''));
    if (flags === undefined) throw new AgentCommandFailed(`invalid file open mode '${mode}'`);
    return async session => {
      session.files.requireRoom();
      const guest = await session.guest();
      try {
        // A pipe that nobody writes to would keep the helper waiting.
        return session.files.add(await guest.open(path, flags | O_NONBLOCK));
      } catch (error) {
        throw reworded(error, reason => `failed to open file '${path}' (mode: '${mode}'): ${reason}`);
      }
    };
  },
  'guest-file-close': args => {
    const handle = args.integer('handle');
    return async session => {
      await session.files.close(handle);
      return DONE;
    };
  },
  'guest-file-read': args => {
    const handle = args.integer('handle');
    const count = countOf(args.integerOr('count', READ_DEFAULT), READ_MAX);
    return async session => {
      const data = await readUpTo(session.files.get(handle), Math.min(count, REPLY_MAX));
      return { count: data.bytes.length, 'buf-b64': data.bytes.toString('base64'), eof: data.eof };
    };
  },
  'guest-file-write': args => {
    const handle = args.integer('handle');
    const bytes = args.base64('buf-b64');
    const data = bytes.subarray(0, countOf(args.integerOr('count', bytes.length), bytes.length));
    return async session => ({ count: await writeAll(session.files.get(handle), data), eof: false });
  },
  'guest-file-seek': args => {
    const handle = args.integer('handle');
    const offset = BigInt(args.integer('offset'));
    const whence = args.choiceOr('whence', origins, null);
    if (whence === null) throw new AgentCommandFailed("Parameter 'whence' is missing");
    return async session => ({ position: await session.files.get(handle).seek(offset, whence), eof: false });
  },
  'guest-file-flush': args => {
    const handle = args.integer('handle');
    return async session => {
      await session.files.get(handle).flush();
      return DONE;
    };
  },
} as const satisfies CommandTable;

function countOf(count: number, most: number): number {
  if (count >= 0 && count <= most) return count;
  throw new AgentCommandFailed(`value '${count}' is invalid for argument count`);
}

/** Reads that one call is answered from: who serves the file may do so byte by byte. */
const READS_MAX = 1024;

/** As fread(3): goes on until it has all, or there is no more; but not for ever. */
async function readUpTo(file: GuestFile, count: number): Promise<{ bytes: Buffer; eof: boolean }> {
  const chunks: Buffer[] = [];
  for (let left = count; left > 0 && chunks.length < READS_MAX;) {
    const chunk = await file.read(left);
    if (chunk.length === 0) return { bytes: Buffer.concat(chunks), eof: true };
    chunks.push(chunk);
    left -= chunk.length;
  }
  return { bytes: Buffer.concat(chunks), eof: false };
}

async function writeAll(file: GuestFile, data: Buffer): Promise<number> {
  let written = 0;
  while (written < data.length) {
    const taken = await file.write(data.subarray(written));
    if (taken === 0) break;
    written += taken;
  }
  return written;
}
