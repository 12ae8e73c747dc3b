import { join } from 'node:path';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import type { Endpoint } from '../rpc/listener.ts';
import type { ActivatedSocket } from './activation.ts';

/**
 * Names of the sockets to make: libvirtd's, and those of the modular LXC daemon, which stock clients try first.
 */
const readWriteNames = ['libvirt-sock', 'virtlxcd-sock'] as const;
const readOnlyNames = ['libvirt-sock-ro', 'virtlxcd-sock-ro'] as const;

/** Where to listen. Handed-over sockets are all there is then: their units say who may connect. */
export function endpoints(paths: Paths, config: DaemonConfig, activated: readonly ActivatedSocket[]): Endpoint[] {
  if (activated.length > 0)
    return activated
      .filter(({ role }) => role !== 'admin')
      .map(({ fd, role, name }) => ({ fd, name, readOnly: role === 'readOnly' }));
  const { settings, socketGroup } = config;
  const directory = socketDirectory(paths, settings.unix_sock_dir);
  const endpoint = (name: string, readOnly: boolean): Endpoint => ({
    name,
    readOnly,
    path: join(directory, name),
    mode: readOnly ? settings.unix_sock_ro_perms : settings.unix_sock_rw_perms,
    gid: socketGroup,
  });
  return [...readWriteNames.map(name => endpoint(name, false)), ...readOnlyNames.map(name => endpoint(name, true))];
}

/** A directory of the configuration lies below the root, too. */
function socketDirectory(paths: Paths, configured: string | null): string {
  if (configured === null || configured === '') return paths.run;
  return paths.root === null ? configured : join(paths.root, configured);
}
