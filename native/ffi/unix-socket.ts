/** Listening sockets that Node cannot make: it unlinks the path of those it binds whenever it stops listening. */
import koffi from 'koffi';
import { checked, closeQuietly, libc } from './libc.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** sun_path of struct sockaddr_un holds this many bytes, one of them the NUL. */
const PATH_SIZE = 108;

koffi.struct('lxvirtd_sockaddr_un', { family: 'uint16_t', path: koffi.array('char', PATH_SIZE, 'String') });

const cSocket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
);
const cBind: (fd: number, address: { family: number; path: string }, size: number) => number = libc.func(
  'int bind(int fd, const lxvirtd_sockaddr_un *address, uint32_t size)',
);

/**
 * A stream socket bound to `path` (which must not exist) that nobody but root can connect to yet: its mode is 0. The
 * caller closes it, changes its mode and removes the path. Throws SystemCallError, RangeError when the path is too long.
 */
export function bindUnixSocket(path: string): number {
  if (Buffer.byteLength(path) >= PATH_SIZE) throw new RangeError(`The path of a Unix socket is too long: ${path}`);
  const fd = checked('socket', cSocket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const umask = process.umask(0o777);
  try {
    checked('bind', cBind(fd, { family: AF_UNIX, path }, 2 + PATH_SIZE), path);
  } catch (error) {
    closeQuietly(fd);
    throw error;
  } finally {
    process.umask(umask);
  }
  return fd;
}
