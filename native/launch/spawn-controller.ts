import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { closeQuietly, socketPair } from '../ffi/libc.ts';
import { reapSoon } from '../ffi/posix-spawn.ts';
import { spawnProgram } from './spawn-program.ts';

/** Descriptors that the controller gets; the caller keeps its own and may close them as soon as `launch` has returned its promise. */
export interface LaunchFiles {
  /** The domain's log: where the controller's own messages go. */
  readonly log: number;
  /** Handed to the container's program as 3, 4, … in order. */
  readonly pass: readonly number[];
}

export interface SpawnedController {
  readonly socket: Socket;
  /** The other end of the socket, as the kernel tells sockets apart. */
  readonly inode: number;
}

/**
 * Starts the program `controller`, which waits for a plan on the other end of the socket. The descriptors have been
 * copied when this returns its promise. Rejects with SystemCallError.
 */
export async function spawnController(
  controller: string,
  name: string,
  files: LaunchFiles,
): Promise<SpawnedController> {
  const [ours, theirs] = socketPair();
  const inode = fstatSync(theirs).ino;
  try {
    // It only forks the controller: it ends within a millisecond or so.
    reapSoon(await spawn(controller, name, theirs, files));
  } catch (error) {
    closeQuietly(ours);
    throw error;
  } finally {
    closeQuietly(theirs);
  }
  return { socket: new Socket({ fd: ours, readable: true, writable: true }), inode };
}

function spawn(file: string, name: string, daemon: number, { log, pass }: LaunchFiles): Promise<number> {
  const argv = ['lxvirt-controller', name, String(pass.length)];
  return spawnProgram({ file, argv, log, files: [daemon, ...pass] });
}
