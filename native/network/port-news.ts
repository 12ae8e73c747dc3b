import { checked, closeQuietly, libc, SystemCallError } from '../ffi/libc.ts';
import { decode } from '../ffi/rtnetlink.ts';
import { receiveDatagram } from '../ffi/socket-messages.ts';
import { parsePortState, type PortState } from './port-states.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const linkGroup = 1;
const receiveSize = 65536;

const cSocket: (domain: number, type: number, protocol: number) => number = libc.func('int socket(int, int, int)');
const cBind: (fd: number, address: Buffer, size: number) => number = libc.func(
  'int bind(int fd, void *address, unsigned int size)',
);

/** Hears what becomes of the ports of bridges in the host's network namespace. */
export class PortNews {
  readonly #fd = checked('socket(AF_NETLINK)', cSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE));
  readonly #room = Buffer.alloc(receiveSize);

  constructor() {
    // struct sockaddr_nl
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(linkGroup, 8);
    try {
      checked('bind(AF_NETLINK)', cBind(this.#fd, address, address.length));
    } catch (error) {
      closeQuietly(this.#fd);
      throw error;
    }
  }

  /** What has arrived: null for nothing, "lost" when some did not fit into the socket. Never waits. */
  next(): readonly PortState[] | 'lost' | null {
    try {
      const datagram = receiveDatagram(this.#fd, this.#room);
      if (datagram === null) return null;
      // the kernel's own port is 0
      if (datagram.truncated || datagram.sender.length < 12 || datagram.sender.readUInt32LE(4) !== 0) return [];
      return decode(datagram.data, 'links').flatMap(({ body }) => parsePortState(body) ?? []);
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'ENOBUFS') return 'lost';
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeQuietly(this.#fd);
  }
}
