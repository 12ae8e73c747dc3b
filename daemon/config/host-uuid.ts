import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Where the firmware's and systemd's names of this host are read. */
export interface HostUuidSources {
  readonly smbios: string;
  readonly machineId: string;
}

const HOST: HostUuidSources = { smbios: '/sys/class/dmi/id/product_uuid', machineId: '/etc/machine-id' };

/** Lower-case 8-4-4-4-12, or null for what is no UUID or one that makers put on every board: all digits the same. */
export function usableUuid(text: string): string | null {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits) || /^(.)\1*$/.test(digits)) return null;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The UUID of this host, as `<capabilities>` shows it: the firmware's or systemd's, as `preferred` says, else the other,
 * else one made up for this run of the daemon.
 */
export function hostUuid(preferred: 'smbios' | 'machine-id', sources: HostUuidSources = HOST): string {
  const files = [sources.smbios, sources.machineId];
  for (const file of preferred === 'smbios' ? files : files.toReversed()) {
    const uuid = usableUuid(contentOf(file));
    if (uuid !== null) return uuid;
  }
  return randomUUID();
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
