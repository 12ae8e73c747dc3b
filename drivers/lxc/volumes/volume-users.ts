import type { VolumeUsers } from '../../contract/volume-sources.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';

/** The storage driver keeps what a container uses from being deleted. */
export function volumeUsers({ domains, processes }: Pick<LxcContext, 'domains' | 'processes'>): VolumeUsers {
  const isInUse = (domain: LxcDomain): boolean => domain.running !== null || processes.starting.has(domain);
  return {
    userOf(pool, volume, path) {
      for (const domain of domains.all()) {
        if (!isInUse(domain)) continue;
        const { filesystems, disks } = domain.definition.devices;
        for (const { source, volume: named } of [...filesystems, ...disks])
          if (source === path || (named?.pool === pool && named.volume === volume)) return domain.name;
      }
      return null;
    },
  };
}
