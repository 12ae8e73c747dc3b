import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** Where to connect, as one process can tell another. */
export interface Target {
  readonly kind: 'unix' | 'tcp' | 'tls';
  /** Its clients authenticate by SASL, or need not. */
  readonly sasl: boolean;
  readonly path?: string;
  readonly port?: number;
  /** The address to come from. */
  readonly from?: string;
  /** A directory with cacert.pem, clientcert.pem and clientkey.pem. */
  readonly pki?: string;
}

/** A connection whose end, however it comes, is no error. */
export function dial({ path, port = 0, from }: Target): Socket {
  const options = { host: '127.0.0.1', port, ...(from === undefined ? {} : { localAddress: from }) };
  const socket = path === undefined ? connectSocket(options) : connectSocket(path);
  return socket.on('error', () => undefined);
}

/** With a certificate that the server accepts, unless `options` say otherwise. */
export function dialTls({ port = 0, from, pki = '' }: Target, options: ConnectionOptions = {}): TLSSocket {
  const file = (name: string): string => readFileSync(join(pki, name), 'utf8');
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: file('cacert.pem'),
    cert: file('clientcert.pem'),
    key: file('clientkey.pem'),
    ...(from === undefined ? {} : { localAddress: from }),
    ...options,
  });
  return socket.on('error', () => undefined);
}

/** A connection that may make calls. Throws when the server does not let it in. */
export async function enter(target: Target): Promise<Socket> {
  const socket = target.kind === 'tls' ? dialTls(target) : dial(target);
  const lost = once(socket, 'close').then(() => Promise.reject(new Error('the server closed the connection')));
  lost.catch(() => undefined);
  const ready = target.kind === 'tls' ? goAhead(socket) : once(socket, 'connect');
  await Promise.race([ready, lost]);
  return socket;
}

/** A server of TLS says with one byte that it has accepted the certificate. */
async function goAhead(socket: Socket): Promise<void> {
  for (;;) {
    const byte: unknown = socket.read(1);
    if (byte instanceof Buffer) {
      if (byte[0] !== 1) throw new Error(`the server says ${byte[0]}`);
      return;
    }
    await once(socket, 'readable');
  }
}
