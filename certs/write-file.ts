import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Certificates are for everybody; keys for root alone, from their first moment on. */
export type Secrecy = 'public' | 'secret';

const modes = { public: 0o644, secret: 0o600 } as const;

/** Replaces a file as a whole, and makes its directory. A symbolic link at `path` is replaced, not followed. */
export function writeFile(path: string, text: string, secrecy: Secrecy): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const temporary = join(directory, `.new-${randomBytes(8).toString('hex')}`);
  const fd = openSync(temporary, 'wx', modes.secret);
  try {
    try {
      writeSync(fd, text);
      fchmodSync(fd, modes[secrecy]);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
