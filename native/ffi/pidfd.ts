import { libc, checked, closeQuietly } from './libc.ts';

const cOpen: (number: number, pid: number, flags: number) => number = libc.func('syscall', 'long', [
  'long',
  'int',
  'uint',
]);
const cSend: (number: number, pidfd: number, signal: number, info: null, flags: number) => number = libc.func(
  'syscall',
  'long',
  ['long', 'int', 'int', 'void *', 'uint'],
);
/** `waited`: struct pollfd, in an array. */
const cPoll: (waited: Buffer, count: number, milliseconds: number) => number = libc.func(
  'int poll(_Inout_ void *waited, unsigned long count, int milliseconds)',
);
const POLLIN = 1;

/** The same on every architecture. */
const SYS_pidfd_send_signal = 424;
const SYS_pidfd_open = 434;

/** Closed on exec; the caller closes it. Throws SystemCallError, ESRCH when there is no such process. */
export function openPidfd(pid: number): number {
  return checked('pidfd_open', cOpen(SYS_pidfd_open, pid, 0), String(pid));
}

/** Whether the process is still there, or has ended and not been waited for: until then nobody else gets its pid. */
export function holdsPid(pidfd: number): boolean {
  return cSend(SYS_pidfd_send_signal, pidfd, 0, null, 0) === 0;
}

/** Throws SystemCallError, ESRCH when the process has ended. */
export function signalPidfd(pidfd: number, signal: number): void {
  checked('pidfd_send_signal', cSend(SYS_pidfd_send_signal, pidfd, signal, null, 0));
}

/**
 * Whether the process has ended, also when nobody has waited for it yet: its descriptors are closed, which they need not be
 * when its command line and its files in /proc are gone.
 */
export function hasEnded(pidfd: number): boolean {
  const waited = Buffer.alloc(8);
  waited.writeInt32LE(pidfd, 0);
  waited.writeInt16LE(POLLIN, 4);
  return checked('poll', cPoll(waited, 1, 0)) > 0;
}

/**
 * Sends `signal` to the process that has `pid`, if `isMeant` says so of it: between the two the pid cannot pass to
 * another unnoticed. Throws SystemCallError, ESRCH when there is no such process any more.
 */
export function signalIf(pid: number, signal: number, isMeant: (pid: number) => boolean): void {
  const pidfd = openPidfd(pid);
  try {
    if (isMeant(pid)) signalPidfd(pidfd, signal);
  } finally {
    closeQuietly(pidfd);
  }
}
