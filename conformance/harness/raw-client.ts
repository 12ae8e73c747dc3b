import { once } from 'node:events';
import { type Socket, createConnection } from 'node:net';

/** Numbers of the protocol that a client needs to be let in. */
export const REMOTE_PROGRAM = 0x20008086;
export const AUTH_LIST = 66;
export const CONNECT_OPEN = 1;

/** A call without an argument, or with `payload`, as it goes over the wire. */
export function call(procedure: number, serial: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(28);
  [28 + payload.length, REMOTE_PROGRAM, 1, procedure, 0, serial, 0].forEach((word, index) =>
    header.writeUInt32BE(word, index * 4),
  );
  return Buffer.concat([header, payload]);
}

/** XDR of a string. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** What a client says first: which authentication there is, and that it wants the containers' driver. */
export function greeting(uri = 'lxc:///'): Buffer {
  const present = Buffer.from([0, 0, 0, 1]);
  const flags = Buffer.alloc(4);
  return Buffer.concat([call(AUTH_LIST, 0), call(CONNECT_OPEN, 1, Buffer.concat([present, text(uri), flags]))]);
}

export async function connectTo(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  return socket;
}
