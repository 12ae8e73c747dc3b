import { closeSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { once } from 'node:events';
import { encodePlan } from '../plan/encode.ts';
import type { Plan } from '../plan/plan.ts';
import type { Container } from './container.ts';
import { ControlledContainer } from './controlled-container.ts';
import { abandon, type ControllerAhead } from './controller-ahead.ts';
import { killHolders } from './holders.ts';

/** How long a controller that was killed may take to be gone, in ms: one that waits for a device or a server outlives that. */
const ABORT_LIMIT = 2_000;

/**
 * Has a controller make the container up to the point where init waits for `run()`. Rejects with ContainerFailed; of the
 * container nothing is left then. Rejects with another error when the plan cannot be encoded (XdrError), the controller
 * could not be executed (SystemCallError) or `signal` is aborted (its reason): the cgroups are still there then. The
 * signal has no effect any more once the container is there.
 */
export async function launch(plan: Plan, controller: ControllerAhead, signal?: AbortSignal): Promise<Container> {
  signal?.throwIfAborted();
  const document = encodePlan(plan);
  const spawned = await controller.take();
  if (signal?.aborted === true) {
    abandon(spawned);
    throw signal.reason;
  }
  const { socket, inode } = spawned;
  const container = new ControlledContainer(socket);
  socket.write(document);
  return await (signal === undefined ? container.created : interruptible(container, signal, socket, inode));
}

async function interruptible(
  { created }: ControlledContainer,
  signal: AbortSignal,
  socket: Socket,
  inode: number,
): Promise<Container> {
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    killHolders(inode);
    timer = setTimeout(() => {
      // Again: it may have been about to be born.
      killHolders(inode);
      socket.destroy();
    }, ABORT_LIMIT);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await created;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** How long a controller may take to say what it has made, in ms. */
const ANSWER_LIMIT = 10_000;

/**
 * Finds a container that another daemon started, by its `Plan.socket`. Rejects with the error of connect (ENOENT,
 * ECONNREFUSED) or of its directory, with ContainerFailed when it ends meanwhile, and when it says nothing.
 */
export async function adopt(socketPath: string): Promise<Container> {
  // The address of a socket has room for a name, not for every path.
  const directory = openSync(dirname(socketPath), 'r');
  try {
    const socket = connect(`/proc/self/fd/${directory}/${basename(socketPath)}`);
    await once(socket, 'connect');
    return await answered(socket, socketPath);
  } finally {
    closeSync(directory);
  }
}

async function answered(socket: Socket, path: string): Promise<Container> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, ANSWER_LIMIT);
  try {
    return await new ControlledContainer(socket).created;
  } catch (error) {
    throw late ? new Error(`The controller at '${path}' does not answer`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}
