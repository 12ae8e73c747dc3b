import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeQuietly, duplicate, SystemCallError } from '../ffi/libc.ts';
import { sealedProgram } from '../ffi/memfd.ts';

/** Above all descriptors that a visitor is given. */
const LEAST = 64;

interface Copy {
  readonly fd: number;
  /** How many executions are under way. */
  users: number;
}

/**
 * A program that is executed from a copy in memory, sealed, which is made once. A container without a user namespace can
 * open /proc/PID/exe of what was started in it, in the moment before that has become the guest's program: it gets nothing
 * there that it could write to.
 */
export class SealedProgram {
  readonly #path: string;
  #current: Copy | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Has `start` execute it. Who holds the copy open for writing, though there is nothing to be written, keeps it from being
   * executed: then there is a new one.
   */
  async execute<T>(start: (file: string) => Promise<T>): Promise<T> {
    try {
      return await this.#execute(start);
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'ETXTBSY') return await this.#execute(start);
      throw error;
    }
  }

  async #execute<T>(start: (file: string) => Promise<T>): Promise<T> {
    const copy = (this.#current ??= copyOf(this.#path));
    copy.users += 1;
    try {
      return await start(`/proc/self/fd/${copy.fd}`);
    } catch (error) {
      if (this.#current === copy) this.#current = null;
      throw error;
    } finally {
      copy.users -= 1;
      if (copy.users === 0 && this.#current !== copy) closeQuietly(copy.fd);
    }
  }
}

function copyOf(path: string): Copy {
  const fd = sealedProgram('lxvirt-visitor', readFileSync(path));
  try {
    return { fd: duplicate(fd, LEAST), users: 0 };
  } finally {
    closeQuietly(fd);
  }
}

export const visitorProgram = new SealedProgram(join(import.meta.dirname, '../../build/lxvirt-visitor'));
