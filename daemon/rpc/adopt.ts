import { Socket } from 'node:net';

/** Where the bytes of a connection go. */
export interface ByteSink {
  /** Where the next bytes are to be put; asked once before the first read and after each one. */
  target(): Buffer;
  /** `count` bytes are there. False stops the reading until the socket is resumed. */
  received(count: number): boolean;
}

/** What Node keeps of an open socket. */
export interface Handle {
  /** The descriptor itself, for what Node's sockets cannot do with it. */
  readonly fd: number;
}

/**
 * Takes the handle out of a socket that a server accepted with `pauseOnConnect`; the server forgets the socket. Null when
 * the client is gone already.
 */
export function takeHandle(accepted: Socket): Handle | null {
  const handle = handleOf(accepted);
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  return handle;
}

/** The same, and it stays the socket's. */
export function handleOf(accepted: Socket): Handle | null {
  const handle: unknown = Reflect.get(accepted, '_handle');
  return isHandle(handle) ? handle : null;
}

export const isHandle = (value: unknown): value is Handle =>
  typeof value === 'object' && value !== null && 'fd' in value && typeof value.fd === 'number' && value.fd >= 0;

/** A socket that reads into memory of ours, which Node offers for outgoing connections only. It reads from now on. */
export function adopt(handle: Handle, sink: ByteSink): Socket {
  const onread = { buffer: () => sink.target(), callback: (count: number) => sink.received(count) };
  const options = { handle, onread, allowHalfOpen: false };
  return new Socket(options);
}
