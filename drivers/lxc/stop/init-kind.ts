import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { realTimeSignal } from './signals.ts';

const { SIGTERM, SIGHUP, SIGUSR2 } = constants.signals;

/** What can be seen of a container's first process from outside. */
export interface InitFacts {
  /** The program's file, as the container names it. */
  readonly executable: string;
  /** Its first argument: how it was called. */
  readonly calledAs: string;
  /** Bit n - 1 is signal n: those that it has a handler for, and those that it ignores. */
  readonly caught: bigint;
  readonly ignored: bigint;
}

export interface InitSignals {
  readonly shutdown: number;
  readonly reboot: number;
}

/** Programs that are told by signals of their own to end everything. */
const kinds: readonly { readonly matches: (init: InitFacts) => boolean; readonly signals: InitSignals }[] = [
  {
    // systemd: "start halt.target", "start reboot.target" (systemd(1), SIGNALS)
    matches: ({ executable }) => basename(executable) === 'systemd',
    signals: { shutdown: realTimeSignal(3), reboot: realTimeSignal(5) },
  },
  {
    // busybox's own init, not a script that busybox's shell runs as init
    matches: ({ executable, calledAs, caught }) =>
      basename(executable) === 'busybox' && basename(calledAs) === 'init' && has(caught, SIGUSR2),
    signals: { shutdown: SIGUSR2, reboot: SIGTERM },
  },
];

/** What libvirt sends to any other. */
const plainSignals: InitSignals = { shutdown: SIGTERM, reboot: SIGHUP };

/** Null for a program that is not known to be an init system. */
export function initSignals(init: InitFacts): InitSignals | null {
  return kinds.find(({ matches }) => matches(init))?.signals ?? null;
}

export function plainSignal(request: keyof InitSignals): number {
  return plainSignals[request];
}

export function catches({ caught }: InitFacts, signal: number): boolean {
  return has(caught, signal);
}

const has = (set: bigint, signal: number): boolean => ((set >> BigInt(signal - 1)) & 1n) === 1n;

/** Null when the process has ended. What it says of itself is the container's to choose: only names are compared. */
export function readInit(pid: number): InitFacts | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    // The pid may be another's by now: only a process that is the first of a namespace below ours is a container's init.
    if (!/^NSpid:\s*\d+(\s+\d+)*\s+1$/m.test(status)) return null;
    const mask = (name: string): bigint =>
      BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
    return {
      executable: readlinkSync(`/proc/${pid}/exe`),
      calledAs: readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0] ?? '',
      caught: mask('SigCgt'),
      ignored: mask('SigIgn'),
    };
  } catch {
    return null;
  }
}
