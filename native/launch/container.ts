import type { OpenLoop } from '../ffi/loop.ts';

/** How a container ended. */
export type Outcome =
  | { readonly how: 'exit'; readonly status: number }
  | { readonly how: 'signal'; readonly signal: number }
  /** Init called reboot(2) inside its pid namespace. */
  | { readonly how: 'reboot' }
  | { readonly how: 'poweroff' }
  /** The controller is gone without a word (killed): the container died with it. */
  | { readonly how: 'lost' };

/** A container and its controller, seen from the daemon. */
export interface Container {
  /** The domain's id. */
  readonly controllerPid: number;
  /** Init's pid on the host, from the moment that `launch` resolves: a veth's peer can be born in its network namespace. */
  readonly initPid: number;
  /** The host's pty of each console ("/dev/pts/7"): users open them; what nobody read is kept (64 KiB) for the next who does. */
  readonly consoles: readonly string[];
  /** The loop devices of `Plan.loops` ("/dev/loop3"). */
  readonly loops: readonly string[];
  /** Whether init's program runs. */
  readonly running: boolean;
  /** How it ended; null while it lives. */
  readonly outcome: Outcome | null;
  /** Lets init go on; resolves when its program runs. Rejects with ContainerFailed; the container is gone then. */
  run(): Promise<void>;
  /** Calls back once, also if the container has ended already (then in a later turn). Cgroups, socket and pid file are gone by then. */
  onExit(listener: (outcome: Outcome) => void): void;
  /** To init, by pidfd: never hits another process. A container that has ended is no error. */
  signal(signal: number): void;
  /** SIGKILL to init: the kernel ends every process of its pid namespace. */
  kill(): void;
  /**
   * Has the controller keep a loop device open, and so attached, until it is released or the container has ended. The
   * caller closes its own. Rejects with SystemCallError; ENOTSUP for a controller of an earlier build.
   */
  hold(loop: OpenLoop): Promise<void>;
  /** Also one of `loops`; one that is not held is no error. */
  release(loopNumber: number): void;
  /** Closes the connection; the container lives on. */
  detach(): void;
}
