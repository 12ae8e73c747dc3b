import { checked, libc } from './libc.ts';

const cPoll: (descriptors: Buffer, count: bigint, milliseconds: number) => number = libc.func(
  'int poll(_Inout_ void *descriptors, unsigned long count, int milliseconds)',
);

const POLLERR = 0x8;
const POLLHUP = 0x10;
const POLLNVAL = 0x20;
const POLLRDHUP = 0x2000;

/**
 * Whether the other end of a stream socket has closed it, or says nothing more, also while there is something of it to be read:
 * what Node tells of a socket only once all has been read. Throws SystemCallError.
 */
export function hasHungUp(socket: number): boolean {
  // struct pollfd: fd, events, revents.
  const descriptor = Buffer.alloc(8);
  descriptor.writeInt32LE(socket, 0);
  descriptor.writeInt16LE(POLLRDHUP, 4);
  checked('poll', cPoll(descriptor, 1n, 0));
  return (descriptor.readInt16LE(6) & (POLLERR | POLLHUP | POLLNVAL | POLLRDHUP)) !== 0;
}
