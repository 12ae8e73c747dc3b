import { join } from 'node:path';
import { killHolders } from './holders.ts';
import { spawnController, type LaunchFiles, type SpawnedController } from './spawn-controller.ts';

const CONTROLLER = join(import.meta.dirname, '../../build/lxvirt-controller');

/**
 * A controller that is being started while its plan is made: executing a program takes as long as that does, and another
 * CPU can do it. One that gets no plan ends with the object, without a word.
 */
export class ControllerAhead implements Disposable {
  readonly #spawned: Promise<SpawnedController>;
  #taken = false;

  /** `controller` is the program's path. The caller may close its files at once. */
  constructor(name: string, files: LaunchFiles, controller: string = CONTROLLER) {
    this.#spawned = spawnController(controller, name, files);
    // told to who takes it
    this.#spawned.catch(() => {});
  }

  /** Rejects with SystemCallError when the program could not be executed. The socket is the caller's from then on. */
  take(): Promise<SpawnedController> {
    this.#taken = true;
    return this.#spawned;
  }

  [Symbol.dispose](): void {
    if (!this.#taken) void this.#spawned.then(abandon, () => {});
  }
}

/** At the mere end of its connection it would complain in the domain's log. */
export function abandon({ socket, inode }: SpawnedController): void {
  killHolders(inode);
  socket.destroy();
}
