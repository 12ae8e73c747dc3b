import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';

/** The errno name of what node:fs threw; null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Reads a control file; null when the cgroup or the file in it does not exist. */
export function readControl(directory: string, file: string): string | null {
  try {
    return readFileSync(`${directory}/${file}`, 'utf8');
  } catch (error) {
    // ENODEV and EOPNOTSUPP: the file is there, what it shows is switched off
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENODEV' || errno === 'EOPNOTSUPP') return null;
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
