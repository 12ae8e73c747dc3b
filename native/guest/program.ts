import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { duplicate } from '../ffi/libc.ts';
import { sealedProgram } from '../ffi/memfd.ts';

const PROGRAM = join(import.meta.dirname, '../../build/lxvirt-visitor');
/** Above all descriptors that a visitor is given. */
const LEAST = 64;

const programs = new Map<string, number>();

/**
 * The descriptor of a copy of the visitor's program in memory, sealed; made once, never closed. A container without a
 * user namespace can open /proc/PID/exe of what was started in it, in the moment before that has become the guest's
 * program: it gets nothing there that it could write to.
 */
export function visitorProgram(path: string = PROGRAM): number {
  const known = programs.get(path);
  if (known !== undefined) return known;
  const fd = duplicate(sealedProgram('lxvirt-visitor', readFileSync(path)), LEAST);
  programs.set(path, fd);
  return fd;
}
