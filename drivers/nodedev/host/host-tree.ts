import { constants, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * sysfs and what udev knows, below a root that tests put elsewhere. Paths are the host's own ("/sys/devices/…"). Whatever
 * cannot be read is null or empty: devices come and go while they are looked at.
 *
 * An attribute that the kernel keeps in memory costs some microseconds and is read at once. One for which it asks hardware,
 * or waits for a lock, is read with `slowText` and `slowBytes`, off the event loop.
 */
export class HostTree {
  readonly #root: string;

  constructor(root = '/') {
    this.#root = realpathSync.native(root);
  }

  /** Without the white space around it; null also for an empty one. */
  text(path: string): string | null {
    try {
      return nonEmpty(readFileSync(this.#at(path), 'utf8'));
    } catch {
      return null;
    }
  }

  bytes(path: string): Buffer | null {
    try {
      return readFileSync(this.#at(path));
    } catch {
      return null;
    }
  }

  async slowText(path: string): Promise<string | null> {
    const bytes = await this.slowBytes(path);
    return bytes === null ? null : nonEmpty(bytes.toString('utf8'));
  }

  async slowBytes(path: string): Promise<Buffer | null> {
    return await readFile(this.#at(path)).catch(() => null);
  }

  /** To an attribute that is there. Drivers do what it asks before this returns; throws the system's error. */
  async write(path: string, text: string): Promise<void> {
    await writeFile(this.#at(path), text, { flag: constants.O_WRONLY });
  }

  /** A number in decimal or, with 0x, in hexadecimal. */
  number(path: string): number | null {
    return parseNumber(this.text(path));
  }

  names(directory: string): string[] {
    try {
      return readdirSync(this.#at(directory));
    } catch {
      return [];
    }
  }

  exists(path: string): boolean {
    return this.realPath(path) !== null;
  }

  /** The last component of what a symbolic link leads to. */
  linkName(path: string): string | null {
    try {
      return basename(readlinkSync(this.#at(path)));
    } catch {
      return null;
    }
  }

  /** Where a path leads, if that is below /sys. */
  realPath(path: string): string | null {
    try {
      const real = realpathSync.native(this.#at(path));
      const inside = this.#root === '/' ? real : real.slice(this.#root.length);
      return real.startsWith(this.#root) && inside.startsWith('/sys/') ? inside : null;
    } catch {
      return null;
    }
  }

  #at(path: string): string {
    return join(this.#root, path);
  }
}

export function parseNumber(text: string | null): number | null {
  if (text === null || !/^(0[xX][0-9a-fA-F]+|-?[0-9]+)$/.test(text)) return null;
  return Number(text);
}

const nonEmpty = (text: string): string | null => {
  const value = text.trim();
  return value === '' ? null : value;
};
