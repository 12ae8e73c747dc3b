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

/**
 * Sends `signal` to the process that has `pid`, if `isMeant` says so of it: between the two the pid cannot pass to
 * another unnoticed. Throws SystemCallError, ESRCH when there is no such process any more.
 */
export function signalIf(pid: number, signal: number, isMeant: (pid: number) => boolean): void {
  const pidfd = openPidfd(pid);
  try {
    if (isMeant(pid)) checked('pidfd_send_signal', cSend(SYS_pidfd_send_signal, pidfd, signal, null, 0));
  } finally {
    closeQuietly(pidfd);
  }
}
