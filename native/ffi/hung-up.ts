import { libc } from './libc.ts';

/** `descriptors`: struct pollfd, in an array. */
const cPoll: (descriptors: Buffer, count: number, milliseconds: number) => number = libc.func(
  'int poll(void *descriptors, unsigned long count, int milliseconds)',
);

/** struct pollfd: fd, events, revents. */
const POLLFD = 8;
const POLLERR = 0x8;
const POLLHUP = 0x10;
const POLLNVAL = 0x20;
const POLLRDHUP = 0x2000;
const GONE = POLLERR | POLLHUP | POLLNVAL | POLLRDHUP;

/**
 * Of each of these stream sockets, whether its other end has closed it or says nothing more, also while there is something to be
 * read: Node tells of it only once all has been read. All are asked at once, since a call takes many times as long as a socket.
 * None has, as far as it tells, when a signal comes in between: whoever waits asks again.
 */
export function haveHungUp(sockets: readonly number[]): readonly boolean[] {
  const descriptors = Buffer.alloc(POLLFD * sockets.length);
  sockets.forEach((socket, index) => {
    descriptors.writeInt32LE(socket, POLLFD * index);
    descriptors.writeInt16LE(POLLRDHUP, POLLFD * index + 4);
  });
  if (cPoll(descriptors, sockets.length, 0) < 0) return sockets.map(() => false);
  return sockets.map((_, index) => (descriptors.readInt16LE(POLLFD * index + 6) & GONE) !== 0);
}
