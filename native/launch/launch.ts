import { closeSync, openSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { once } from 'node:events';
import { closeQuietly, duplicate, socketPair } from '../ffi/libc.ts';
import { posixSpawn, reap } from '../ffi/posix-spawn.ts';
import { encodePlan } from '../plan/encode.ts';
import type { Plan } from '../plan/plan.ts';
import type { Container } from './container.ts';
import { ControlledContainer } from './controlled-container.ts';

/** Descriptors that the controller gets; the caller keeps its own and may close them as soon as `launch` has returned its promise. */
export interface LaunchFiles {
  /** The domain's log: where the controller's own messages go. */
  readonly log: number;
  /** Handed to the container's program as 3, 4, … in order. */
  readonly pass: readonly number[];
}

const CONTROLLER = join(import.meta.dirname, '../../build/lxvirt-controller');
/** Milliseconds between looks at a child that is about to exit. */
const REAP_INTERVAL = 20;

/**
 * Starts a controller and has it make the container up to the point where init waits for `run()`. Rejects with
 * ContainerFailed; of the container nothing is left then. Throws at once, also through the promise, when the plan
 * cannot be encoded (XdrError) or the controller cannot be executed (SystemCallError): the cgroups are still there
 * then. `controller` is the program's path.
 */
export async function launch(plan: Plan, files: LaunchFiles, controller: string = CONTROLLER): Promise<Container> {
  const document = encodePlan(plan);
  const [ours, theirs] = socketPair();
  try {
    reapSoon(spawn(controller, plan.name, theirs, files));
  } catch (error) {
    closeQuietly(ours);
    throw error;
  } finally {
    closeQuietly(theirs);
  }
  const socket = new Socket({ fd: ours, readable: true, writable: true });
  const container = new ControlledContainer(socket);
  socket.write(document);
  return await container.created;
}

/**
 * Finds a container that another daemon started, by its `Plan.socket`. Rejects with the error of connect (ENOENT,
 * ECONNREFUSED) or of its directory.
 */
export async function adopt(socketPath: string): Promise<Container> {
  // The address of a socket has room for a name, not for every path.
  const directory = openSync(dirname(socketPath), 'r');
  try {
    const socket = connect(`/proc/self/fd/${directory}/${basename(socketPath)}`);
    await once(socket, 'connect');
    return await new ControlledContainer(socket).created;
  } finally {
    closeSync(directory);
  }
}

/** The controller's descriptors are 0, 1: /dev/null, 2: log, 3: daemon, 4 …: passed ones. Each is moved out of that range first. */
function spawn(controller: string, name: string, daemon: number, files: LaunchFiles): number {
  const nothing = openSync('/dev/null', 'r+');
  const wanted = [nothing, nothing, files.log, daemon, ...files.pass];
  const moved: number[] = [];
  try {
    for (const fd of wanted) moved.push(duplicate(fd, wanted.length));
    return posixSpawn({
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
