import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import { duplicate } from '../../native/ffi/libc.ts';
import { socketPath } from '../../native/ffi/socket-messages.ts';

/** What clients of a socket may do, or which protocol it speaks. */
export type SocketRole = 'readWrite' | 'readOnly' | 'admin' | 'tls' | 'tcp';

/** A listening socket that the service manager made. */
export interface ActivatedSocket {
  readonly fd: number;
  readonly role: SocketRole;
  readonly name: string;
}

/** The first descriptor that systemd passes. */
const FIRST_FD = 3;
const MAX_SOCKETS = 64;

/** Names of libvirt's socket units and of the socket files themselves. */
const roles: readonly (readonly [RegExp, SocketRole])[] = [
  [/^(?:libvirtd|virtlxcd|lxvirtd)-ro\.socket$|^(?:libvirt|virtlxcd)-sock-ro$/, 'readOnly'],
  [/^(?:libvirtd|lxvirtd)-tls\.socket$/, 'tls'],
  [/^(?:libvirtd|lxvirtd)-tcp\.socket$/, 'tcp'],
  [/^(?:libvirtd|virtlxcd|lxvirtd)-admin\.socket$|^(?:libvirt|virtlxcd)-admin-sock$/, 'admin'],
  [/^(?:libvirtd|virtlxcd|lxvirtd)\.socket$|^(?:libvirt|virtlxcd)-sock$/, 'readWrite'],
];

const roleOf = (name: string): SocketRole | null => roles.find(([pattern]) => pattern.test(name))?.[1] ?? null;

/**
 * The sockets that systemd hands over (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), told apart by the names of their units
 * or, unnamed, of their files. Takes the variables out of `env` and the descriptors out of sight of the programs that
 * this process starts. Throws when one is not a socket, or of unknown use: serving it by guess could give it more rights.
 */
export function activatedSockets(env: NodeJS.ProcessEnv): ActivatedSocket[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count = '', LISTEN_FDNAMES: names = '' } = env;
  delete env['LISTEN_PID'];
  delete env['LISTEN_FDS'];
  delete env['LISTEN_FDNAMES'];
  if (pid !== String(process.pid) || !/^\d+$/.test(count)) return [];
  if (Number(count) > MAX_SOCKETS) throw new Error(`LISTEN_FDS: ${count} sockets are too many`);
  const nameOf = names.split(':');
  return Array.from({ length: Number(count) }, (_, index) => adopt(FIRST_FD + index, nameOf[index] ?? ''));
}

function adopt(inherited: number, given: string): ActivatedSocket {
  const fd = duplicate(inherited);
  closeSync(inherited);
  const path = socketPath(fd);
  if (path === null) return adoptPort(fd, given);
  const name = roleOf(given) === null ? basename(path) : given;
  const role = roleOf(name);
  if (role === null) throw new Error(`The socket '${path}' ('${given}') is none of libvirtd's`);
  return { fd, role, name: basename(path) };
}

/** Ports have no files: their units have to be named. */
function adoptPort(fd: number, name: string): ActivatedSocket {
  const role = roleOf(name);
  if (role === 'tls' || role === 'tcp') return { fd, role, name };
  throw new Error(`Descriptor '${name}' is not a Unix socket, and not of a unit of libvirtd's ports`);
}
