import { constants } from 'node:os';
import { errors } from '../../contract/error.ts';

/** The first real-time signal that the C library leaves to programs (SIGRTMIN of glibc), and the kernel's last. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** libvirt numbers the real-time signals from 32 on (VIR_DOMAIN_PROCESS_SIGNAL_RT0); the ones before are Linux's own. */
const FIRST_REAL_TIME = 32;
const LAST = 64;

/** The kernel's number of a virDomainProcessSignal. Throws invalidArg. */
export function hostSignal(signal: number): number {
  const number = signal < FIRST_REAL_TIME ? signal : signal - FIRST_REAL_TIME + SIGRTMIN;
  if (signal < 0 || signal > LAST || number > SIGRTMAX)
    throw errors.invalidArg(`signum value ${signal} is out of range`);
  return number;
}

/** SIGRTMIN + n. */
export function realTimeSignal(n: number): number {
  return SIGRTMIN + n;
}

/** "SIGTERM", "SIGRTMIN+3" */
export function signalName(signal: number): string {
  if (signal >= SIGRTMIN) return `SIGRTMIN+${signal - SIGRTMIN}`;
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
