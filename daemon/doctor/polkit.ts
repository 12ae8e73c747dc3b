import type { Paths } from '../../drivers/contract/paths.ts';
import { BusError } from '../../native/dbus/bus.ts';
import { loadDaemonConfig, type DaemonSettings } from '../config/daemon-config.ts';
import { processTime } from '../identity.ts';
import { PolkitAuthority } from '../polkit/authority.ts';
import { missing, ok, type Check, type Finding } from './finding.ts';

type Settings = Pick<DaemonSettings, 'auth_unix_ro' | 'auth_unix_rw' | 'access_drivers'>;

/** One action of each of libvirt's files: polkit knows all of a file, or none. */
const actions = {
  auth: ['org.libvirt.unix.manage', 'org.libvirt.unix.policy'],
  access: ['org.libvirt.api.connect.getattr', 'org.libvirt.api.policy'],
} as const;

/** Whether polkit, where the configuration leaves decisions to it, is there to take them. */
export const polkit = (paths: Paths): Check => ({
  title: 'polkit',
  async look() {
    let settings: Settings;
    try {
      ({ settings } = loadDaemonConfig({ paths, file: null, listen: false }));
    } catch {
      // Another part of the report says so.
      return [ok('the configuration cannot be read')];
    }
    const authority = new PolkitAuthority();
    try {
      return await look(settings, authority);
    } finally {
      authority.close();
    }
  },
});

export async function look(settings: Settings, authority: Pick<PolkitAuthority, 'ask'>): Promise<Finding[]> {
  const wanted = [
    ...(settings.auth_unix_ro === 'polkit' || settings.auth_unix_rw === 'polkit' ? [actions.auth] : []),
    ...(settings.access_drivers.some(name => name === 'polkit') ? [actions.access] : []),
  ];
  if (wanted.length === 0) return [ok('not asked (auth_unix_rw, auth_unix_ro, access_drivers)')];
  return await Promise.all(wanted.map(([action, file]) => lookForAction(action, file, authority)));
}

/** polkitd is asked about this process, as it would be about a client. */
async function lookForAction(action: string, file: string, authority: Pick<PolkitAuthority, 'ask'>): Promise<Finding> {
  const { pid } = process;
  try {
    await authority.ask({ subject: { pid, startTime: processTime(pid) ?? 0n, uid: process.geteuid?.() ?? 0 }, action });
    return ok(`polkitd decides on ${action}`);
  } catch (error) {
    return finding(error, action, file);
  }
}

function finding(error: unknown, action: string, file: string): Finding {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof BusError && error.code.startsWith('org.freedesktop.PolicyKit1.'))
    return missing(
      `polkitd does not know ${action} (${reason}): everybody but root is refused`,
      `cp /usr/lib/lxvirtd/polkit/${file} /usr/share/polkit-1/actions/`,
    );
  return missing(
    `polkitd does not answer (${reason}): everybody but root is refused`,
    "apt-get install polkitd && systemctl start polkit, or leave 'polkit' out of libvirtd.conf",
  );
}
