import { closeSync, openSync } from 'node:fs';
import type { ReadControl } from './cgroup.ts';
import { errnoOf, orNull, readControl, readDescriptor } from './file.ts';

interface Kept {
  readonly fd: number;
  used: boolean;
}

/**
 * Control files that stay open between readings, since opening and closing one costs three times as much as reading it.
 * Made for those who ask for everything every few seconds: what is not read for one to two intervals is closed, and so
 * are the files of cgroups that have gone.
 */
export class KeptFiles {
  readonly #most: number;
  readonly #interval: number;
  readonly #files = new Map<string, Kept>();
  #timer: NodeJS.Timeout | null = null;

  /** `most` files are kept (each also takes a page of the kernel's), others opened anew each time; `interval` in ms. */
  constructor(most: number, interval: number) {
    this.#most = most;
    this.#interval = interval;
  }

  /** As readControl. */
  readonly read: ReadControl = (directory, file) => {
    const path = `${directory}/${file}`;
    const kept = this.#files.get(path);
    if (kept !== undefined) {
      const text = readKept(kept);
      if (text !== null) return text;
      // a cgroup of the same name may have come after this one
      this.#close(path, kept);
    }
    return this.#files.size < this.#most ? this.#open(path) : readControl(directory, file);
  };

  close(): void {
    for (const [path, kept] of this.#files) this.#close(path, kept);
    this.#stop();
  }

  #open(path: string): string | null {
    return orNull(() => {
      const fd = openSync(path, 'r');
      this.#files.set(path, { fd, used: true });
      this.#timer ??= setInterval(() => this.#closeUnused(), this.#interval).unref();
      return readDescriptor(fd);
    });
  }

  #close(path: string, { fd }: Kept): void {
    this.#files.delete(path);
    closeSync(fd);
  }

  #closeUnused(): void {
    for (const [path, kept] of this.#files) {
      if (kept.used) kept.used = false;
      else this.#close(path, kept);
    }
    if (this.#files.size === 0) this.#stop();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** Null when the cgroup is gone. */
function readKept(kept: Kept): string | null {
  kept.used = true;
  try {
    return readDescriptor(kept.fd);
  } catch (error) {
    if (errnoOf(error) === 'ENODEV') return null;
    throw error;
  }
}
