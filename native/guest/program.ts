import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeQuietly, duplicate, SystemCallError } from '../ffi/libc.ts';
import { sealedProgram } from '../ffi/memfd.ts';

const PROGRAM = join(import.meta.dirname, '../../build/lxvirt-visitor');
/** Above all descriptors that a visitor is given. */
const LEAST = 64;

function copyProgram(): number {
  const fd = sealedProgram('lxvirt-visitor', readFileSync(PROGRAM));
  try {
    return duplicate(fd, LEAST);
  } finally {
    closeQuietly(fd);
  }
}

let current: number | null = null;

/**
 * Has `start` execute the visitor's program from a copy in memory, sealed, which is made once. A container without a user
 * namespace can open /proc/PID/exe of what was started in it, in the moment before that has become the guest's program: it
 * gets nothing there that it could write to. What it can do is to hold it open for writing, which keeps it from being
 * executed: then there is a new copy.
 */
export function startVisitor<T>(start: (file: string) => T): T {
  current ??= copyProgram();
  try {
    return start(`/proc/self/fd/${current}`);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.code !== 'ETXTBSY') throw error;
    closeQuietly(current);
    current = copyProgram();
    return start(`/proc/self/fd/${current}`);
  }
}
