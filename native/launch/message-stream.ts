import type { Socket } from 'node:net';

/** Longer messages no controller sends. */
const LIMIT = 4096;

/** Cuts what arrives into messages of at most `limit` bytes. A stream that is none is destroyed, with an error. */
export function onMessage(socket: Socket, listener: (body: Buffer) => void, limit: number = LIMIT): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 4) {
      const size = pending.readUInt32BE(0);
      if (size > limit) {
        socket.destroy(new Error(`A message has ${size} bytes`));
        return;
      }
      if (pending.length < 4 + size) return;
      const body = pending.subarray(4, 4 + size);
      pending = pending.subarray(4 + size);
      listener(body);
    }
  });
}
