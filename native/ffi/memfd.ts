/** Files that lie in memory alone. */
import { closeSync, writeSync } from 'node:fs';
import koffi from 'koffi';
import { constants } from 'node:os';
import { checked, libc, SystemCallError } from './libc.ts';

const cMemfdCreate: (name: string, flags: number) => number = libc.func(
  'int memfd_create(const char *name, unsigned int flags)',
);
const cFcntl: (fd: number, command: number, value: number) => number = libc.func('fcntl', 'int', ['int', 'int', 'int']);

const MFD_CLOEXEC = 0x1;
const MFD_ALLOW_SEALING = 0x2;
/** Since Linux 6.3, where a host's setting may make memory files that do not ask for it not executable. */
const MFD_EXEC = 0x10;
const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE */
const EVERY_SEAL = 0x1 | 0x2 | 0x4 | 0x8;

function create(name: string): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const fd = cMemfdCreate(name, flags | MFD_EXEC);
  if (fd >= 0 || koffi.errno() !== constants.errno.EINVAL) return checked('memfd_create', fd, name);
  return checked('memfd_create', cMemfdCreate(name, flags), name);
}

/** A program that nobody can change, not even root; closed on exec. `name` is for /proc. Throws SystemCallError. */
export function sealedProgram(name: string, contents: Buffer): number {
  const fd = memoryFile(name, contents);
  try {
    if (cFcntl(fd, F_ADD_SEALS, EVERY_SEAL) < 0) throw new SystemCallError('fcntl(F_ADD_SEALS)', koffi.errno(), name);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A file for one reader: what it holds is read by those who open it anew, as /dev/stdin does. The caller closes it. */
export function memoryFile(name: string, contents: Buffer): number {
  const fd = create(name);
  try {
    for (let at = 0; at < contents.length;) at += writeSync(fd, contents, at);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
