import { constants } from 'node:os';
import koffi from 'koffi';
import { libc, SystemCallError } from './libc.ts';

koffi.struct('lxvirtd_flock', {
  type: 'short',
  whence: 'short',
  start: 'int64_t',
  length: 'int64_t',
  pid: 'int',
});

const cFcntl: (
  fd: number,
  command: number,
  lock: { type: number; whence: number; start: number; length: number; pid: number },
) => number = libc.func('fcntl', 'int', ['int', 'int', koffi.pointer('lxvirtd_flock')]);

const F_SETLK = 6;
const F_WRLCK = 1;

/**
 * Locks a whole file for this process, as libvirt locks its pid files. False when another process holds it. POSIX
 * locks: the first close of *any* descriptor of the file ends the lock, so open it once and keep it.
 */
export function tryLock(fd: number): boolean {
  if (cFcntl(fd, F_SETLK, { type: F_WRLCK, whence: 0, start: 0, length: 0, pid: 0 }) === 0) return true;
  const errno = koffi.errno();
  if (errno === constants.errno.EAGAIN || errno === constants.errno.EACCES) return false;
  throw new SystemCallError('fcntl(F_SETLK)', errno);
}
