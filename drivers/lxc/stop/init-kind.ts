import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import type { Container } from '../../../native/launch/container.ts';
import { realTimeSignal } from './signals.ts';

const { SIGTERM, SIGHUP, SIGTSTP, SIGUSR2 } = constants.signals;

export interface InitSignals {
  readonly shutdown: number;
  readonly reboot: number;
}

/** What can be seen of a container's first process from outside; its names are the container's to choose. */
interface InitFacts {
  /** The program's file. */
  readonly executable: string;
  /** Its first argument: how it was called. */
  readonly calledAs: string;
  /** Bit n - 1 is signal n: those that it has a handler for. */
  readonly caught: bigint;
}

/** Programs that are told by signals of their own to end everything. */
const kinds: readonly { readonly matches: (init: InitFacts) => boolean; readonly signals: InitSignals }[] = [
  {
    // systemd: "start halt.target", "start reboot.target" (systemd(1), SIGNALS)
    matches: ({ executable }) => basename(executable) === 'systemd',
    signals: { shutdown: realTimeSignal(3), reboot: realTimeSignal(5) },
  },
  {
    // busybox's own init once it is ready. Newer ones wait for requests without handlers, but have one to be stopped.
    matches: ({ executable, calledAs, caught }) =>
      basename(executable) === 'busybox' &&
      basename(calledAs) === 'init' &&
      [SIGUSR2, SIGTSTP].some(signal => contains(caught, signal)),
    signals: { shutdown: SIGUSR2, reboot: SIGTERM },
  },
];

/** What libvirt sends to any program. */
export const plainSignals: InitSignals = { shutdown: SIGTERM, reboot: SIGHUP };

const contains = (set: bigint, signal: number): boolean => ((set >> BigInt(signal - 1)) & 1n) === 1n;

/** A container's first process, held by its directory of /proc: it stays with that process, whoever gets its pid. */
export class InitProcess {
  readonly #directory: number;
  readonly #facts: InitFacts;

  private constructor(directory: number, facts: InitFacts) {
    this.#directory = directory;
    this.#facts = facts;
  }

  /** Null when it has ended. */
  static open({ controllerPid, initPid }: Pick<Container, 'controllerPid' | 'initPid'>): InitProcess | null {
    let directory: number;
    try {
      directory = openSync(`/proc/${initPid}`, 'r');
    } catch {
      return null;
    }
    const facts = readFacts(`/proc/self/fd/${directory}`, controllerPid);
    if (facts !== null) return new InitProcess(directory, facts);
    closeSync(directory);
    return null;
  }

  /** Its root directory, for openInRoot. */
  get root(): string {
    return `/proc/self/fd/${this.#directory}/root`;
  }

  /** Null for a program that is not known to be an init system. */
  get ownSignals(): InitSignals | null {
    return kinds.find(({ matches }) => matches(this.#facts))?.signals ?? null;
  }

  /** Whether it has a handler for the signal; without one the kernel keeps the signal from it, but for SIGKILL. */
  catches(signal: number): boolean {
    return contains(this.#facts.caught, signal);
  }

  [Symbol.dispose](): void {
    closeSync(this.#directory);
  }
}

/** Null unless the process is the controller's child. */
function readFacts(directory: string, controllerPid: number): InitFacts | null {
  try {
    const status = readFileSync(`${directory}/status`, 'latin1');
    if (!new RegExp(`^PPid:\\t${controllerPid}$`, 'm').test(status)) return null;
    return {
      executable: readlinkSync(`${directory}/exe`),
      calledAs: firstArgument(`${directory}/cmdline`),
      caught: BigInt(`0x${/^SigCgt:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`),
    };
  } catch {
    // ESRCH and ENOENT: it ended while it was looked at.
    return null;
  }
}

/** Longer names no init system is called by. */
const ARGUMENT_LIMIT = 4096;

/** A process may say that its arguments are all of its memory. */
function firstArgument(path: string): string {
  const buffer = Buffer.alloc(ARGUMENT_LIMIT);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer);
    return buffer.toString('latin1', 0, length).split('\0')[0] ?? '';
  } finally {
    closeSync(fd);
  }
}
