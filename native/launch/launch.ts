import type { Plan } from '../plan/plan.ts';
import type { Container } from './container.ts';

/** Descriptors that the controller gets; the caller keeps its own and may close them as soon as `launch` has returned its promise. */
export interface LaunchFiles {
  /** The domain's log: where the controller's own messages go. */
  readonly log: number;
  /** Handed to the container's program as 3, 4, … in order. */
  readonly pass: readonly number[];
}

/**
 * Starts a controller and has it make the container up to the point where init waits for `run()`. Rejects with
 * ContainerFailed; nothing of the container is left then, except the cgroup directories if it failed before init was
 * made. Takes less than a millisecond of the event loop.
 */
export declare function launch(plan: Plan, files: LaunchFiles): Promise<Container>;
/** Finds a container that another daemon started, by its `Plan.socket`. Rejects with the error of connect (ENOENT, ECONNREFUSED). */
export declare function adopt(socket: string): Promise<Container>;
