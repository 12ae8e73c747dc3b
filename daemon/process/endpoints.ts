import { join } from 'node:path';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { AuthName } from '../auth/auth-method.ts';
import type { DaemonConfig, DaemonSettings } from '../config/daemon-config.ts';
import type { Endpoint } from '../rpc/listener.ts';
import { isDaemonName, servedDaemons, type DaemonName } from '../served-daemons.ts';
import type { ActivatedSocket, SocketRole } from './activation.ts';

/** The ends of the sockets' names. */
const suffixes = { readWrite: '-sock', readOnly: '-sock-ro', admin: '-admin-sock' } as const;

/** A place to listen at, and whose it is. */
export interface DaemonEndpoint {
  readonly daemon: DaemonName;
  readonly endpoint: Endpoint;
}

export interface Endpoints {
  /** For clients of the public API. */
  readonly clients: readonly DaemonEndpoint[];
  /** For virt-admin. */
  readonly admin: readonly DaemonEndpoint[];
}

/** The daemons of libvirt's that this one stands for. Handed-over sockets decide, where there are any. */
export function daemonsServed({ settings }: DaemonConfig, activated: readonly ActivatedSocket[]): Set<DaemonName> {
  const configured: readonly string[] = settings.listen_as;
  return new Set(activated.length > 0 ? activated.map(({ daemon }) => daemon) : configured.filter(isDaemonName));
}

/** Where to listen. Handed-over sockets are all there is then: their units say who may connect. */
export function endpoints(paths: Paths, config: DaemonConfig, activated: readonly ActivatedSocket[]): Endpoints {
  const all =
    activated.length > 0
      ? activated.map(socket => inherited(socket, config))
      : [...made(paths, config, daemonsServed(config, [])), ...network(config)];
  return {
    clients: all.filter(({ role }) => role !== 'admin'),
    admin: all.filter(({ role }) => role === 'admin'),
  };
}

/** The configuration's word for each kind of socket; root is known on the administrator's. */
function authOf(role: SocketRole, settings: DaemonSettings): AuthName {
  const byRole = {
    readWrite: settings.auth_unix_rw,
    readOnly: settings.auth_unix_ro,
    tls: settings.auth_tls,
    tcp: settings.auth_tcp,
    admin: 'none',
  } as const;
  return byRole[role];
}

const localRoles = ['readWrite', 'readOnly', 'admin'] as const;

interface RoleEndpoint extends DaemonEndpoint {
  readonly role: SocketRole;
}

const inherited = ({ fd, role, daemon, name }: ActivatedSocket, { settings }: DaemonConfig): RoleEndpoint => ({
  role,
  daemon,
  endpoint: {
    fd,
    name,
    readOnly: role === 'readOnly',
    auth: authOf(role, settings),
    opens: servedDaemons[daemon].opens,
    ...(role === 'tls' || role === 'tcp' ? { transport: role } : {}),
  },
});

function made(paths: Paths, { settings, socketGroup }: DaemonConfig, daemons: ReadonlySet<DaemonName>): RoleEndpoint[] {
  const directory = socketDirectory(paths, settings.unix_sock_dir);
  const mode = {
    readWrite: settings.unix_sock_rw_perms,
    readOnly: settings.unix_sock_ro_perms,
    admin: settings.unix_sock_admin_perms,
  };
  const socket = (role: (typeof localRoles)[number], daemon: DaemonName, name: string): RoleEndpoint => ({
    role,
    daemon,
    endpoint: {
      name,
      readOnly: role === 'readOnly',
      auth: authOf(role, settings),
      opens: servedDaemons[daemon].opens,
      path: join(directory, name),
      mode: mode[role],
      gid: role === 'admin' ? null : socketGroup,
    },
  });
  const bySockets = new Map(Array.from(daemons, daemon => [servedDaemons[daemon].sockets, daemon]));
  return localRoles.flatMap(role =>
    Array.from(bySockets, ([sockets, daemon]) => socket(role, daemon, `${sockets}${suffixes[role]}`)),
  );
}

function network({ ports, settings }: DaemonConfig): RoleEndpoint[] {
  return (['tls', 'tcp'] as const).flatMap(transport => {
    const port = ports[transport];
    if (port === null) return [];
    return {
      role: transport,
      daemon: 'libvirtd' as const,
      endpoint: {
        name: transport,
        transport,
        host: settings.listen_addr || null,
        port,
        readOnly: false,
        auth: authOf(transport, settings),
      },
    };
  });
}

/** A directory of the configuration lies below the root, too. */
function socketDirectory(paths: Paths, configured: string | null): string {
  if (configured === null || configured === '') return paths.run;
  return paths.root === null ? configured : join(paths.root, configured);
}
