import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

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

/**
 * Writes each text with a write(2) of its own: the kernel takes one command a write. Never creates a file. Throws what
 * node:fs throws, with the errno's name in `code`.
 */
export function writeControl(directory: string, file: string, ...texts: readonly string[]): void {
  const fd = openSync(`${directory}/${file}`, 'r+');
  try {
    for (const text of texts) writeSync(fd, text);
  } finally {
    closeSync(fd);
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
