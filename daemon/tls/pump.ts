import type { Socket } from 'node:net';
import type { ByteSink } from '../rpc/adopt.ts';
import { Feed } from '../rpc/feed.ts';
import type { OpenTransport } from '../rpc/transport.ts';

/** Reads a socket that has memory of its own: what it brings is copied to where the sink wants it. */
export function pump(socket: Socket, sink: ByteSink): OpenTransport {
  const feed = new Feed(sink);
  socket.on('data', (chunk: Buffer) => {
    if (!feed.add(chunk)) socket.pause();
  });
  return {
    socket,
    resume() {
      if (feed.drain()) socket.resume();
    },
  };
}
