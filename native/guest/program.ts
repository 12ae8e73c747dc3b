import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeQuietly, duplicate, SystemCallError } from '../ffi/libc.ts';
import { sealedProgram } from '../ffi/memfd.ts';

/** Above all descriptors that a visitor is given. */
const LEAST = 64;

/**
 * A program that is executed from a copy in memory, sealed, which is made once. A container without a user namespace can
 * open /proc/PID/exe of what was started in it, in the moment before that has become the guest's program: it gets nothing
 * there that it could write to.
 */
export class SealedProgram {
  readonly #path: string;
  #copy: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Has `start` execute it. Who holds the copy open for writing, though there is nothing to be written, keeps it from being
   * executed: then there is a new one.
   */
  execute<T>(start: (file: string) => T): T {
    try {
      return start(this.#file());
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== 'ETXTBSY') throw error;
      this.#drop();
      return start(this.#file());
    }
  }

  #file(): string {
    this.#copy ??= copyOf(this.#path);
    return `/proc/self/fd/${this.#copy}`;
  }

  #drop(): void {
    if (this.#copy !== null) closeQuietly(this.#copy);
    this.#copy = null;
  }
}

function copyOf(path: string): number {
  const fd = sealedProgram('lxvirt-visitor', readFileSync(path));
  try {
    return duplicate(fd, LEAST);
  } finally {
    closeQuietly(fd);
  }
}

export const visitorProgram = new SealedProgram(join(import.meta.dirname, '../../build/lxvirt-visitor'));
