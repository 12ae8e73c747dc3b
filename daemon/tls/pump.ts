import type { Socket } from 'node:net';
import type { ByteSink } from '../rpc/adopt.ts';
import type { OpenTransport } from '../rpc/transport.ts';

const NOTHING = Buffer.alloc(0);

/** Reads a socket that has memory of its own: what it brings is copied to where the sink wants it. */
export function pump(socket: Socket, sink: ByteSink): OpenTransport {
  let pending: Buffer = NOTHING;
  /** False: the sink has refused. */
  const feed = (): boolean => {
    while (pending.length > 0) {
      const count = pending.copy(sink.target());
      pending = pending.subarray(count);
      if (!sink.received(count)) return false;
    }
    return true;
  };
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (!feed()) socket.pause();
  });
  return {
    socket,
    resume() {
      if (feed()) socket.resume();
    },
  };
}
