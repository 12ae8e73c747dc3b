import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../../drivers/contract/paths.ts';
import { groupId } from '../../native/ffi/group.ts';
import { isDaemonName, servedDaemons } from '../served-daemons.ts';
import { ConfError } from './conf-syntax.ts';
import { daemonKeys, libvirtdKeys, lxcKeys, networkKeys, saslKeys } from './daemon-keys.ts';
import { hostUuid, usableUuid } from './host-uuid.ts';
import type { Settings } from './load.ts';
import { defaultsOf, loadConf } from './load.ts';

export type DaemonSettings = Settings<typeof libvirtdKeys>;
export type LxcSettings = Settings<typeof lxcKeys>;

export interface DaemonConfig {
  /** Null: there was none. */
  readonly file: string | null;
  readonly settings: DaemonSettings;
  readonly lxc: LxcSettings;
  /** The ports to listen on; null: not on that. */
  readonly ports: NetworkPorts;
  /** Whose the sockets are; null leaves them to the daemon's own group. */
  readonly socketGroup: number | null;
  readonly hostUuid: string;
  readonly warnings: readonly string[];
}

export interface NetworkPorts {
  readonly tls: number | null;
  readonly tcp: number | null;
}

export interface ConfigRequest {
  readonly paths: Paths;
  /** As the command line names it; must exist then. */
  readonly file: string | null;
  /** The command line asks for TCP and TLS. */
  readonly listen: boolean;
}

/**
 * Reads the daemon's and the driver's files. Without a name on the command line that is libvirtd.conf or, on a host
 * that has the modular daemons' files only, virtlxcd.conf. Throws ConfError.
 */
export function loadDaemonConfig(request: ConfigRequest): DaemonConfig {
  const { paths } = request;
  const file = request.file ?? defaultFile(paths);
  const loaded = file.endsWith('/virtlxcd.conf')
    ? withoutNetwork(file, request.file !== null)
    : loadConf(libvirtdKeys, file, request.file !== null);
  const lxc = loadConf(lxcKeys, join(paths.etc, 'lxc.conf'), false);
  const problem = refusal(loaded.settings, request.listen);
  if (problem !== null) throw new ConfError(file, null, problem);
  return {
    file: loaded.file,
    settings: loaded.settings,
    lxc: lxc.settings,
    ports: {
      tls: request.listen && loaded.settings.listen_tls ? portOf(loaded.settings, 'tls_port', file) : null,
      tcp: request.listen && loaded.settings.listen_tcp ? portOf(loaded.settings, 'tcp_port', file) : null,
    },
    socketGroup: socketGroup(loaded.settings, file),
    hostUuid: configuredUuid(loaded.settings, file),
    warnings: [...loaded.warnings, ...lxc.warnings],
  };
}

function defaultFile(paths: Paths): string {
  const monolithic = join(paths.etc, 'libvirtd.conf');
  const modular = join(paths.etc, 'virtlxcd.conf');
  return !existsSync(monolithic) && existsSync(modular) ? modular : monolithic;
}

function withoutNetwork(
  file: string,
  required: boolean,
): { file: string | null; settings: DaemonSettings; warnings: readonly string[] } {
  const loaded = loadConf({ ...daemonKeys, ...saslKeys }, file, required);
  return { ...loaded, settings: { ...defaultsOf(networkKeys), ...loaded.settings } };
}

const accessDrivers: readonly string[] = ['none', 'polkit'];

/** What we cannot do, though the file asks for it. Starting without it would leave the sockets less guarded than asked for, or closed. */
function refusal(settings: DaemonSettings, listen: boolean): string | null {
  const access = settings.access_drivers.find(name => !accessDrivers.includes(name));
  if (access !== undefined) return `access_drivers: there is no '${access}', only ${accessDrivers.join(' and ')}`;
  for (const transport of ['tls', 'tcp'] as const)
    if (listen && settings[`listen_${transport}`] && settings[`auth_${transport}`] === 'polkit')
      return `auth_${transport}: 'polkit' knows the users of this host only; use 'sasl'`;
  const daemon = settings.listen_as.find(name => !isDaemonName(name));
  if (daemon !== undefined) return `listen_as: there is no '${daemon}', only ${Object.keys(servedDaemons).join(', ')}`;
  if (settings.listen_as.length === 0) return 'listen_as: without a daemon no client finds this one';
  if (settings.max_clients < settings.max_anonymous_clients)
    return "'max_clients' must not be less than 'max_anonymous_clients'";
  if (settings.log_level > 4) return `log_level: '${settings.log_level}' is not one of 1 (debug) to 4 (error)`;
  return null;
}

/** A number; names of services are not looked up. */
function portOf(settings: DaemonSettings, key: 'tls_port' | 'tcp_port', file: string): number {
  const port = Number(settings[key]);
  if (/^\d+$/.test(settings[key]) && port > 0 && port < 65_536) return port;
  throw new ConfError(file, null, `${key}: '${settings[key]}' is not a port number`);
}

function socketGroup(settings: DaemonSettings, file: string): number | null {
  const name = settings.unix_sock_group;
  if (name === null) return null;
  const gid = groupId(name);
  if (gid === null) throw new ConfError(file, null, `unix_sock_group: Failed to parse group '${name}'`);
  return gid;
}

function configuredUuid(settings: DaemonSettings, file: string): string {
  if (settings.host_uuid === null) return hostUuid(settings.host_uuid_source);
  const uuid = usableUuid(settings.host_uuid);
  if (uuid === null) throw new ConfError(file, null, `host_uuid: invalid host UUID: ${settings.host_uuid}`);
  return uuid;
}
