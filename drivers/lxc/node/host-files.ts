import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** /proc and /sys of the host, or of a copy of another host's below `root`. */
export class HostFiles {
  readonly #root: string;

  constructor(root = '/') {
    this.#root = root;
  }

  path(path: string): string {
    return join(this.#root, path);
  }

  /** A file's text without its last newline; null when it cannot be read. */
  text(path: string): string | null {
    try {
      return readFileSync(this.path(path), 'utf8').trimEnd();
    } catch {
      return null;
    }
  }

  number(path: string): number | null {
    const text = this.text(path);
    return text === null || !/^-?\d+$/.test(text) ? null : Number(text);
  }

  /** Names in a directory; none when there is no such directory. */
  names(path: string): string[] {
    try {
      return readdirSync(this.path(path));
    } catch {
      return [];
    }
  }

  /** The numbers N of the entries "prefixN" in a directory, ascending. */
  numbered(path: string, prefix: string): number[] {
    return this.names(path)
      .filter(name => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map(name => Number(name.slice(prefix.length)))
      .sort((one, other) => one - other);
  }
}

/** "0-3,8" as the kernel writes sets of CPUs and nodes. */
export function parseNumberList(text: string): number[] {
  return text.split(',').flatMap(part => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Number.isInteger(first) && part !== ''
      ? Array.from({ length: last - first + 1 }, (_, index) => first + index)
      : [];
  });
}
