import { join } from 'node:path';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { AuthName } from '../auth/auth-method.ts';
import type { DaemonConfig, DaemonSettings } from '../config/daemon-config.ts';
import type { Endpoint } from '../rpc/listener.ts';
import type { ActivatedSocket, SocketRole } from './activation.ts';

/**
 * Names of the sockets to make: libvirtd's, and those of the modular LXC daemon, which stock clients try first.
 */
const names = {
  readWrite: ['libvirt-sock', 'virtlxcd-sock'],
  readOnly: ['libvirt-sock-ro', 'virtlxcd-sock-ro'],
  admin: ['libvirt-admin-sock', 'virtlxcd-admin-sock'],
} as const;

export interface Endpoints {
  /** For clients of the public API. */
  readonly clients: readonly Endpoint[];
  /** For virt-admin. */
  readonly admin: readonly Endpoint[];
}

/** Where to listen. Handed-over sockets are all there is then: their units say who may connect. */
export function endpoints(paths: Paths, config: DaemonConfig, activated: readonly ActivatedSocket[]): Endpoints {
  const all =
    activated.length > 0
      ? activated.map(socket => inherited(socket, config))
      : [...made(paths, config), ...network(config)];
  return {
    clients: all.flatMap(({ role, endpoint }) => (role === 'admin' ? [] : endpoint)),
    admin: all.flatMap(({ role, endpoint }) => (role === 'admin' ? endpoint : [])),
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

interface RoleEndpoint {
  readonly role: SocketRole;
  readonly endpoint: Endpoint;
}

const inherited = ({ fd, role, name }: ActivatedSocket, { settings }: DaemonConfig): RoleEndpoint => ({
  role,
  endpoint: {
    fd,
    name,
    readOnly: role === 'readOnly',
    auth: authOf(role, settings),
    ...(role === 'tls' || role === 'tcp' ? { transport: role } : {}),
  },
});

function made(paths: Paths, { settings, socketGroup }: DaemonConfig): RoleEndpoint[] {
  const directory = socketDirectory(paths, settings.unix_sock_dir);
  const mode = {
    readWrite: settings.unix_sock_rw_perms,
    readOnly: settings.unix_sock_ro_perms,
    admin: settings.unix_sock_admin_perms,
  };
  const socket = (role: (typeof localRoles)[number], name: string): RoleEndpoint => ({
    role,
    endpoint: {
      name,
      readOnly: role === 'readOnly',
      auth: authOf(role, settings),
      path: join(directory, name),
      mode: mode[role],
      gid: role === 'admin' ? null : socketGroup,
    },
  });
  return localRoles.flatMap(role => names[role].map(name => socket(role, name)));
}

function network({ ports, settings }: DaemonConfig): RoleEndpoint[] {
  return (['tls', 'tcp'] as const).flatMap(transport => {
    const port = ports[transport];
    if (port === null) return [];
    return {
      role: transport,
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
