import type { VolumeSource, VolumeSources } from '../contract/volume-sources.ts';
import { unsupported } from '../xml/storage/errors.ts';
import type { PoolList } from './pool-list.ts';
import type { StorageVolume } from './volume.ts';
import { volumeOf } from './volumes/find-volume.ts';

/** Where the volumes of active pools are, for domains. */
export const volumeSources = (pools: PoolList): VolumeSources => ({
  async find(poolName, name) {
    const pool = pools.findByName(poolName);
    if (!pool.active) throw unsupported(`storage pool '${poolName}' containing volume '${name}' is not active`);
    return sourceOf(volumeOf(pool, name));
  },
});

function sourceOf({ name, path, building, definition: { type, target } }: StorageVolume): VolumeSource {
  if (building) throw unsupported(`volume '${name}' is still being allocated`);
  if (type === 'dir') return { path, kind: 'directory', format: null };
  if (type === 'block') return { path, kind: 'block', format: null };
  if (type === 'file') return { path, kind: 'file', format: target.format };
  throw unsupported(`volume '${name}' of type '${type}' cannot be used by domains of this host`);
}
