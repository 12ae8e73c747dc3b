import { Socket } from 'node:net';
import { closeQuietly, socketPair } from '../ffi/libc.ts';
import { spawnProgram } from '../launch/spawn-program.ts';
import type { GuestPlace } from './guest.ts';
import { openInit } from './open-init.ts';
import { visitorProgram, type SealedProgram } from './program.ts';
import { Visitor } from './visitor.ts';

/** What a visitor is for: see controller/visitor/main.c. */
export type Purpose = 'perform' | 'files' | 'execute';

/**
 * Sends a visitor to a container; `files` are its descriptors 5, 6, …, which stay the caller's to close. Rejects with
 * GuestRequestFailed ESRCH when the container has ended, SystemCallError when there is no visitor to be had.
 */
export async function spawnVisitor(
  purpose: Purpose,
  place: Pick<GuestPlace, 'controllerPid' | 'initPid'>,
  files: readonly number[] = [],
  program: SealedProgram = visitorProgram,
): Promise<Visitor> {
  const init = openInit(place);
  const [ours, theirs] = socketPair();
  try {
    const pid = await spawn(program, purpose, [theirs, init, ...files]);
    return new Visitor(new Socket({ fd: ours, readable: true, writable: true }), pid);
  } catch (error) {
    closeQuietly(ours);
    throw error;
  } finally {
    closeQuietly(theirs);
    closeQuietly(init);
  }
}

/** In a session of its own: whoever kills its process group gets the children that it works with. */
function spawn(program: SealedProgram, purpose: Purpose, files: readonly number[]): Promise<number> {
  const argv = ['lxvirt-visitor', purpose];
  return program.execute(file => spawnProgram({ file, argv, files, newSession: true }));
}
