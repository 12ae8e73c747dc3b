import koffi from 'koffi';
import { libc } from './libc.ts';

koffi.struct('lxvirtd_user', {
  name: 'const char *',
  password: 'const char *',
  uid: 'uint32_t',
  gid: 'uint32_t',
  fullName: 'const char *',
  home: 'const char *',
  shell: 'const char *',
});

const cGetpwuid: (uid: number, user: { name?: string }, buffer: Buffer, size: number, found: [unknown]) => number =
  libc.func('int getpwuid_r(uint32_t uid, _Out_ lxvirtd_user *user, void *buffer, size_t size, _Out_ void **found)');

const BUFFER_SIZE = 1 << 16;

/** The name of a user of the host, as every source of the host knows it; null when none does. */
export function userName(uid: number): string | null {
  const user: { name?: string } = {};
  const found: [unknown] = [null];
  cGetpwuid(uid, user, Buffer.alloc(BUFFER_SIZE), BUFFER_SIZE, found);
  return found[0] === null ? null : (user.name ?? null);
}
