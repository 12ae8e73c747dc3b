/**
 * Leases of files (fcntl(2), F_SETLEASE): while one is held, nobody writes to the file without its holder being able to
 * tell. The kernel has a writer wait for some time (/proc/sys/fs/lease-break-time) and takes the lease away then.
 */
import { constants as os } from 'node:os';
import koffi from 'koffi';
import { libc, SystemCallError } from './libc.ts';

const cFcntl: (fd: number, command: number, argument: number) => number = libc.func('fcntl', 'int', [
  'int',
  'int',
  'int',
]);

const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_GETLEASE = 1025;
const F_RDLCK = 0;
const F_UNLCK = 2;

/** What says that a writer waits: ignored where nobody asked for it. The usual one, SIGIO, would end the process. */
const SIGNAL = os.signals.SIGURG;

/**
 * Takes a lease of a file that is open for reading only; it ends with the descriptor. Tells why there is none: somebody has
 * the file open for writing, or the file system has no leases. Throws SystemCallError.
 */
export function leaseForReading(fd: number): 'leased' | 'written' | 'unsupported' {
  if (cFcntl(fd, F_SETSIG, SIGNAL) >= 0 && cFcntl(fd, F_SETLEASE, F_RDLCK) >= 0) return 'leased';
  const errno = koffi.errno();
  if (errno === os.errno.EAGAIN) return 'written';
  if (errno === os.errno.EINVAL || errno === os.errno.ENOTSUP || errno === os.errno.EOPNOTSUPP) return 'unsupported';
  throw new SystemCallError('fcntl(F_SETLEASE)', errno);
}

/** Whether a lease is still held, and nobody waits for its end. */
export const isLeased = (fd: number): boolean => cFcntl(fd, F_GETLEASE, 0) === F_RDLCK;

/** Gives a lease up. */
export function endLease(fd: number): void {
  cFcntl(fd, F_SETLEASE, F_UNLCK);
}
