/** Requests about network interfaces (linux/ethtool.h): each is a buffer that the kernel fills in. */
import koffi from 'koffi';
import { checked, closeQuietly, libc } from './libc.ts';

koffi.struct('lxvirtd_ethtool_request', {
  name: koffi.array('uint8_t', 16),
  data: 'void *',
  reserve: koffi.array('uint8_t', 16),
});

interface InterfaceRequest {
  readonly name: Uint8Array;
  readonly data: Buffer;
  readonly reserve: Uint8Array;
}

const cSocket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
);
const cIoctl: (fd: number, request: number, argument: InterfaceRequest) => number = libc.func(
  'int ioctl(int fd, unsigned long request, lxvirtd_ethtool_request *argument)',
);

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCETHTOOL = 0x8946;
const NAME_SIZE = 16;

/**
 * Asks about the interface of that name in the daemon's network namespace; the answer is in `request`. Throws
 * SystemCallError: ENODEV when there is none, EOPNOTSUPP when its driver does not know.
 */
export function ethtool(name: string, request: Buffer): void {
  const bytes = Buffer.alloc(NAME_SIZE);
  // The last byte stays zero.
  bytes.write(name, 0, NAME_SIZE - 1);
  const socket = checked('socket', cSocket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
  try {
    const argument = { name: bytes, data: request, reserve: Buffer.alloc(16) };
    checked('ioctl(SIOCETHTOOL)', cIoctl(socket, SIOCETHTOOL, argument), name);
  } finally {
    closeQuietly(socket);
  }
}
