import koffi from 'koffi';
import { libc, SystemCallError } from './libc.ts';

koffi.struct('lxvirtd_group', { name: 'const char *', password: 'const char *', gid: 'uint32_t', members: 'void *' });

const cGetgrnam: (name: string, group: { gid?: number }, buffer: Buffer, size: number, found: [unknown]) => number =
  libc.func(
    'int getgrnam_r(const char *name, _Out_ lxvirtd_group *group, void *buffer, size_t size, _Out_ void **found)',
  );

const cGetgrgid: (gid: number, group: { name?: string }, buffer: Buffer, size: number, found: [unknown]) => number =
  libc.func('int getgrgid_r(uint32_t gid, _Out_ lxvirtd_group *group, void *buffer, size_t size, _Out_ void **found)');

/** ENOENT, ESRCH, EBADF, EPERM: how the several sources of groups say that they do not know a name. */
const NOT_FOUND: readonly number[] = [2, 3, 9, 1];
/** The last number means "leave as it is" to chown. */
const MAX_ID = 0xffff_fffe;
/** A group may have thousands of members, and their names all have to fit. */
const BUFFER_SIZE = 1 << 20;

/** The id of a group of the host, by name or by number ("+36" is a number, too), as every source of the host knows it; null when none does. */
export function groupId(name: string): number | null {
  const group: { gid?: number } = {};
  const found: [unknown] = [null];
  const errno = name.startsWith('+') ? 0 : cGetgrnam(name, group, Buffer.alloc(BUFFER_SIZE), BUFFER_SIZE, found);
  if (found[0] !== null && group.gid !== undefined) return group.gid;
  if (/^\+?\d+$/.test(name)) return Number(name) <= MAX_ID ? Number(name) : null;
  if (errno !== 0 && !NOT_FOUND.includes(errno)) throw new SystemCallError('getgrnam_r', errno, name);
  return null;
}

/** The name of a group of the host; null when no source of the host knows it. */
export function groupName(gid: number): string | null {
  const group: { name?: string } = {};
  const found: [unknown] = [null];
  cGetgrgid(gid, group, Buffer.alloc(BUFFER_SIZE), BUFFER_SIZE, found);
  return found[0] === null ? null : (group.name ?? null);
}
