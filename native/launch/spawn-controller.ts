import { closeSync, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { closeQuietly, duplicate, socketPair } from '../ffi/libc.ts';
import { posixSpawnInBackground, reap } from '../ffi/posix-spawn.ts';

/** Descriptors that the controller gets; the caller keeps its own and may close them as soon as `launch` has returned its promise. */
export interface LaunchFiles {
  /** The domain's log: where the controller's own messages go. */
  readonly log: number;
  /** Handed to the container's program as 3, 4, … in order. */
  readonly pass: readonly number[];
}

/** Milliseconds between looks at a child that is about to exit. */
const REAP_INTERVAL = 20;

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
    reapSoon(await spawn(controller, name, theirs, files));
  } catch (error) {
    closeQuietly(ours);
    throw error;
  } finally {
    closeQuietly(theirs);
  }
  return { socket: new Socket({ fd: ours, readable: true, writable: true }), inode };
}

/** The controller's descriptors are 0, 1: /dev/null, 2: log, 3: daemon, 4 …: passed ones. Each is moved out of that range first. */
async function spawn(controller: string, name: string, daemon: number, files: LaunchFiles): Promise<number> {
  const nothing = openSync('/dev/null', 'r+');
  const wanted = [nothing, nothing, files.log, daemon, ...files.pass];
  const moved: number[] = [];
  try {
    for (const fd of wanted) moved.push(duplicate(fd, wanted.length));
    return await posixSpawnInBackground({
      file: controller,
      argv: ['lxvirt-controller', name, String(files.pass.length)],
      env: {},
      files: moved,
    });
  } finally {
    closeSync(nothing);
    moved.forEach(closeQuietly);
  }
}

/** The process that was spawned only forks the controller: it ends within a millisecond or so, and somebody must wait for it. */
function reapSoon(pid: number): void {
  const timer = setInterval(() => {
    if (reap(pid) !== null) clearInterval(timer);
  }, REAP_INTERVAL);
}
