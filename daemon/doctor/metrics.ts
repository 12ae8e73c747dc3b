import type { Paths } from '../../drivers/contract/paths.ts';
import { loadDaemonConfig, type DaemonSettings } from '../config/daemon-config.ts';
import { addressText, isLocal } from '../metrics/address.ts';
import { advice, ok, type Check, type Finding } from './finding.ts';

/** Who can read figures, and with them the names of all domains. */
export const metrics = (paths: Paths): Check => ({
  title: 'metrics',
  look() {
    try {
      return look(loadDaemonConfig({ paths, file: null, listen: false }).settings);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return [advice(`the configuration cannot be read: ${problem}`, 'correct it: the daemon does not start with it')];
    }
  },
});

type Settings = Pick<DaemonSettings, 'metrics_listen' | 'metrics_sock_perms' | 'auth_unix_ro' | 'access_drivers'>;

/** Every user is let in by these bits of a socket's mode. */
const OTHERS_WRITE = 0o002;

export function look(settings: Settings): Finding[] {
  const { metrics_listen: address, metrics_sock_perms: mode } = settings;
  if (address === null) return [ok('not served (metrics_listen)')];
  const where = addressText(address);
  if (!isLocal(address))
    return [
      advice(
        `${where} is served to every host that reaches it, without encryption or a password: names of domains, too`,
        'set metrics_listen = "127.0.0.1:9177", with a proxy that has TLS in front, or let a firewall guard the port',
      ),
    ];
  const everyone = address.kind === 'tcp' || (mode & OTHERS_WRITE) !== 0;
  if (everyone && isGuarded(settings))
    return [
      advice(
        `${where} tells every user of this host the names of all domains, whatever access control says`,
        'set metrics_listen = "unix:/run/libvirt/lxvirtd-metrics-sock": root alone reaches that',
      ),
    ];
  return [ok(`${where} is for ${everyone ? 'every user' : "the socket's owner and group"} of this host`)];
}

/** Not everybody on this host may see everything. */
const isGuarded = ({ auth_unix_ro, access_drivers }: Settings): boolean =>
  auth_unix_ro !== 'none' || access_drivers.some(name => name !== 'none');
