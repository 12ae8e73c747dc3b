import { ErrorDomain, StorageVolDeleteFlags, StorageVolWipeAlgorithm } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { VolumeRef } from '../../contract/storage-volumes.ts';
import { findVolume, requireIdle } from './find-volume.ts';
import { refreshVolume, using, volumesOf, type VolumesContext } from './volumes-context.ts';
import { wipeContent } from './wipe-volume.ts';

/** Removes a volume; ZEROED overwrites its bytes first. */
export async function removeVolume(context: VolumesContext, ref: VolumeRef, flags: number): Promise<void> {
  const { ZEROED } = StorageVolDeleteFlags;
  checkFlags(flags, ZEROED, 'virStorageBackendVolDeleteLocal', ErrorDomain.STORAGE);
  const { pool, volume } = findVolume(context.pools, ref);
  requireIdle(volume);
  const backend = volumesOf(context, pool, 'vol deletion');
  if ((flags & ZEROED) !== 0 && volume.definition.type !== 'dir')
    await using([{ pool, volume }], () => wipeContent(context, { pool, volume }, StorageVolWipeAlgorithm.ZERO));
  await context.jobs.change(pool, async () => {
    const found = findVolume(context.pools, ref);
    requireIdle(found.volume);
    await refreshVolume(context, pool, found.volume);
    // Nobody is to use what is going away.
    await using([found], () => backend.remove(pool, found.volume, flags));
    pool.volumes.remove(found.volume);
    pool.allocate(-(found.volume.definition.allocation ?? 0n));
  });
}
