import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';

/** The errno name of what node:fs threw; null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Reads a control file; null when the cgroup or the file in it does not exist. */
export function readControl(directory: string, file: string): string | null {
  return orNull(() => {
    const fd = openSync(`${directory}/${file}`, 'r');
    try {
      return readDescriptor(fd);
    } finally {
      closeSync(fd);
    }
  });
}

const piece = Buffer.alloc(16_384);

/** The kernel hands lists out by pages of some lines each; what is shorter than half a page is whole. */
const WHOLE = 2048;

/** The text of an open control file, from its beginning. */
export function readDescriptor(fd: number): string {
  let size = readSync(fd, piece, 0, piece.length, 0);
  if (size < WHOLE) return piece.toString('utf8', 0, size);
  const pieces: Buffer[] = [];
  for (let offset = size; size > 0; offset += size) {
    pieces.push(Buffer.from(piece.subarray(0, size)));
    size = readSync(fd, piece, 0, piece.length, offset);
  }
  return Buffer.concat(pieces).toString();
}

/** Null where there is no such cgroup or file, or what it shows is switched off (ENODEV, ENOTSUP). */
export function orNull<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENODEV' || errno === 'ENOTSUP') return null;
    throw error;
  }
}

/** What the kernel said to a write, with the file that it was about: writing to a descriptor, Node cannot name it. */
export class ControlFileError extends Error {
  override readonly name = 'ControlFileError';
  readonly syscall = 'write';
  /** "EBUSY" */
  readonly code: string;
  readonly path: string;

  constructor(path: string, code: string, cause: unknown) {
    const reason = [...getSystemErrorMap().values()].find(([name]) => name === code)?.[1] ?? code;
    super(`Unable to write to '${path}': ${reason}`, { cause });
    this.path = path;
    this.code = code;
  }
}

/**
 * Writes each text with a write(2) of its own: the kernel takes one command a write. Never creates a file. Throws
 * ControlFileError.
 */
export function writeControl(directory: string, file: string, ...texts: readonly string[]): void {
  const path = `${directory}/${file}`;
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r+');
    for (const text of texts) writeSync(fd, text);
  } catch (error) {
    throw new ControlFileError(path, errnoOf(error) ?? 'EIO', error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** The same off the event loop: for what the kernel takes its time with. */
export async function writeControlInBackground(directory: string, file: string, text: string): Promise<void> {
  const path = `${directory}/${file}`;
  try {
    await using handle = await open(path, 'r+');
    await handle.write(text);
  } catch (error) {
    throw new ControlFileError(path, errnoOf(error) ?? 'EIO', error);
  }
}

/** Runs `action`; a failure with one of these errnos is none. */
export function ignoring(errnos: string | readonly string[], action: () => void): void {
  try {
    action();
  } catch (error) {
    if (![errnos].flat().includes(errnoOf(error) ?? '')) throw error;
  }
}
