import type { Socket } from 'node:net';
import { peerCredentials } from '../../native/ffi/socket-messages.ts';
import type { PeerCredentials } from '../call.ts';
import { adopt, type ByteSink, type Handle } from './adopt.ts';
import { LayeredSink, type SecurityLayer } from './security-layer.ts';

/** virClientTransport */
export const TransportNumber = { unix: 0, tcp: 1, tls: 2 } as const;
export type TransportKind = keyof typeof TransportNumber;

/** A socket that is read from; `resume` reads on after the sink has refused. */
export interface OpenTransport {
  readonly socket: Socket;
  resume(): void;
  /** What comes goes through `layer` from now on; only where nothing else protects it. */
  protect?(layer: SecurityLayer): void;
}

/** How a client and the daemon exchange bytes, once the client may talk at all; and who it is, as far as that tells. */
export interface Transport {
  readonly kind: TransportKind;
  /** Of a Unix socket: who is at its other end. */
  readonly peer: PeerCredentials | null;
  /** Of a connection over a network: address and port. */
  readonly address: string | null;
  /** The distinguished name in the client's certificate. */
  readonly x509Name: string | null;
  /** Of a Unix socket: descriptors travel by it. */
  readonly fd: number | null;
  /** Reads from now on. Called once. */
  open(sink: ByteSink): OpenTransport;
}

export const unixTransport = (handle: Handle): Transport => ({
  kind: 'unix',
  peer: peerCredentials(handle.fd),
  address: null,
  x509Name: null,
  fd: handle.fd,
  open(sink) {
    const socket = adopt(handle, sink);
    return { socket, resume: () => socket.resume() };
  },
});

export const tcpTransport = (handle: Handle, address: string | null): Transport => ({
  kind: 'tcp',
  peer: null,
  address,
  x509Name: null,
  fd: null,
  open: sink => openLayered(handle, sink),
});

/** Reads straight into the sink's memory until there is a layer. */
function openLayered(handle: Handle, sink: ByteSink): OpenTransport {
  const layered = new LayeredSink(sink, error => socket.destroy(error));
  const socket = adopt(handle, layered);
  return {
    socket,
    resume() {
      if (layered.resume()) socket.resume();
    },
    protect: layer => layered.protect(layer),
  };
}

/** "192.0.2.1;49152", as libvirt writes it. */
export const addressOf = ({ remoteAddress, remotePort }: Socket): string | null =>
  remoteAddress === undefined ? null : `${remoteAddress.replace(/^::ffff:/, '')};${remotePort}`;
