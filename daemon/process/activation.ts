import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import { duplicate } from '../../native/ffi/libc.ts';
import { socketPath } from '../../native/ffi/socket-messages.ts';
import { daemonOfSockets, isDaemonName, servesAll, type DaemonName } from '../served-daemons.ts';

/** What clients of a socket may do, or which protocol it speaks. */
export type SocketRole = 'readWrite' | 'readOnly' | 'admin' | 'tls' | 'tcp';

/** A listening socket that the service manager made. */
export interface ActivatedSocket {
  readonly fd: number;
  readonly role: SocketRole;
  /** In whose place it is served. */
  readonly daemon: DaemonName;
  readonly name: string;
}

/** The first descriptor that systemd passes. */
const FIRST_FD = 3;
const MAX_SOCKETS = 64;

interface Use {
  readonly role: SocketRole;
  /** Null: the name does not tell. */
  readonly daemon: DaemonName | null;
}

/** Our units, with libvirt's daemon behind an @ where they are of another than libvirtd's, and libvirt's own. */
const unitName = /^(?:(lxvirtd)|([a-z]+d))(-ro|-admin|-tls|-tcp)?(?:@([a-z]+))?\.socket$/;
const unitRoles: Readonly<Record<string, SocketRole>> = {
  '': 'readWrite',
  '-ro': 'readOnly',
  '-admin': 'admin',
  '-tls': 'tls',
  '-tcp': 'tcp',
};

function useOfUnit(name: string): Use | null {
  const [, ours, theirs = '', role = '', instance] = unitName.exec(name) ?? [];
  const use = unitRoles[role];
  if (use === undefined) return null;
  if (ours === undefined) return isDaemonName(theirs) && instance === undefined ? { role: use, daemon: theirs } : null;
  if (instance === undefined) return { role: use, daemon: null };
  return isDaemonName(instance) ? { role: use, daemon: instance } : null;
}

const fileName = /^([a-z]+)-(sock|sock-ro|admin-sock)$/;
const fileRoles: Readonly<Record<string, SocketRole>> = {
  sock: 'readWrite',
  'sock-ro': 'readOnly',
  'admin-sock': 'admin',
};

function useOfFile(name: string): Use | null {
  const [, sockets = '', kind = ''] = fileName.exec(name) ?? [];
  const role = fileRoles[kind];
  const daemon = daemonOfSockets(sockets);
  return role === undefined || daemon === null ? null : { role, daemon };
}

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
  const unit = useOfUnit(given) ?? useOfFile(given);
  if (path === null) return adoptPort(fd, given, unit);
  const name = basename(path);
  const file = useOfFile(name);
  const role = (unit ?? file)?.role;
  if (role === undefined) throw new Error(`The socket '${path}' ('${given}') is none of libvirtd's`);
  return { fd, role, daemon: unit?.daemon ?? file?.daemon ?? 'libvirtd', name };
}

/** Ports have no files: their units have to be named. */
function adoptPort(fd: number, name: string, unit: Use | null): ActivatedSocket {
  const daemon = unit?.daemon ?? 'libvirtd';
  if ((unit?.role === 'tls' || unit?.role === 'tcp') && servesAll(new Set([daemon])))
    return { fd, role: unit.role, daemon, name };
  throw new Error(`Descriptor '${name}' is not a Unix socket, and not of a unit of libvirtd's ports`);
}
