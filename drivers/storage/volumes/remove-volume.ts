import { ErrorDomain, StorageVolDeleteFlags, StorageVolWipeAlgorithm } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { VolumeRef } from '../../contract/storage-volumes.ts';
import { findVolume, requireIdle, type FoundVolume } from './find-volume.ts';
import { refreshVolume, using, volumesOf, type VolumesContext } from './volumes-context.ts';
import { wipeContent } from './wipe-volume.ts';

/** Removes a volume; ZEROED overwrites its bytes first. Throws operationInvalid while somebody uses it. */
export async function removeVolume(context: VolumesContext, ref: VolumeRef, flags: number): Promise<void> {
  const { ZEROED } = StorageVolDeleteFlags;
  checkFlags(flags, ZEROED, 'virStorageBackendVolDeleteLocal', ErrorDomain.STORAGE);
  const { pool, volume } = findVolume(context.pools, ref);
  requireUnused(context, { pool, volume });
  const backend = volumesOf(context, pool, 'vol deletion');
  if ((flags & ZEROED) !== 0 && volume.definition.type !== 'dir')
    await using([{ pool, volume }], () => wipeContent(context, { pool, volume }, StorageVolWipeAlgorithm.ZERO));
  await context.jobs.change(pool, async () => {
    const found = findVolume(context.pools, ref);
    requireUnused(context, found);
    await refreshVolume(context, pool, found.volume);
    // Nobody is to use what is going away.
    await using([found], () => backend.remove(pool, found.volume, flags));
    pool.volumes.remove(found.volume);
    pool.allocate(-(found.volume.definition.allocation ?? 0n));
  });
}

/** A container would run on in a tree that is being emptied. */
function requireUnused({ users }: VolumesContext, { pool, volume }: FoundVolume): void {
  requireIdle(volume);
  const user = users?.userOf(pool.name, volume.name, volume.path) ?? null;
  if (user !== null)
    throw errors.operationInvalid(`volume '${volume.name}' is in use by domain '${user}'`, ErrorDomain.STORAGE);
}
