import { closeSync, constants, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import koffi from 'koffi';
import { libc, SystemCallError } from './libc.ts';

koffi.struct('lxvirtd_open_how', { flags: 'uint64_t', mode: 'uint64_t', resolve: 'uint64_t' });

const cSyscall: (
  number: number,
  directory: number,
  path: string,
  how: { flags: number; mode: number; resolve: number },
  size: number,
) => number = libc.func(
  'long syscall(long number, int directory, const char *path, lxvirtd_open_how *how, size_t size)',
);

/** The same on every architecture. */
const SYS_openat2 = 437;
const OPEN_HOW_SIZE = 24;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;

/** Meant by "it is not there": nothing at the path, nobody at the other end of a pipe, or links that lead in a circle. */
const absent: readonly number[] = [os.errno.ENOENT, os.errno.ENOTDIR, os.errno.ENXIO, os.errno.ELOOP, os.errno.EXDEV];

/**
 * Opens `path` as a process whose root is the directory `root` would: no symbolic link and no ".." leads out, whatever
 * the owner of the tree does meanwhile. Null when there is nothing to open; throws SystemCallError otherwise. The
 * descriptor is closed on exec.
 */
export function openInRoot(root: string, path: string, flags: number): number | null {
  const directory = openRoot(root);
  if (directory === null) return null;
  try {
    const how = { flags: flags | O_CLOEXEC, mode: 0, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    const fd = cSyscall(SYS_openat2, directory, path, how, OPEN_HOW_SIZE);
    if (fd >= 0) return fd;
    const errno = koffi.errno();
    if (absent.includes(errno)) return null;
    throw new SystemCallError('openat2', errno, path);
  } finally {
    closeSync(directory);
  }
}

function openRoot(root: string): number | null {
  try {
    return openSync(root, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Opens what lies at `path` below an open directory, through no symbolic link at all. Throws SystemCallError: ELOOP for a
 * link, EXDEV for a path that leads out. The descriptor is closed on exec.
 */
export function openBeneath(directory: number, path: string, flags: number): number {
  const how = { flags: flags | O_CLOEXEC, mode: 0, resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
  const fd = cSyscall(SYS_openat2, directory, path, how, OPEN_HOW_SIZE);
  if (fd < 0) throw new SystemCallError('openat2', koffi.errno(), path);
  return fd;
}
