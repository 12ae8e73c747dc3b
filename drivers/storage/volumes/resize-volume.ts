import { ErrorDomain, StorageVolResizeFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { VolumeRef } from '../../contract/storage-volumes.ts';
import { findVolume, requireIdle } from './find-volume.ts';
import { lacking, refreshVolume, using, volumesOf, type VolumesContext } from './volumes-context.ts';

const { ALLOCATE, DELTA, SHRINK } = StorageVolResizeFlags;
const MAX = (1n << 63n) - 1n;

/** `capacity` is the new one, or with DELTA how much is added (with SHRINK as well: taken away). */
export async function resizeVolume(
  context: VolumesContext,
  ref: VolumeRef,
  capacity: bigint,
  flags: number,
): Promise<void> {
  checkFlags(flags, ALLOCATE | DELTA | SHRINK, 'storageVolResize', ErrorDomain.STORAGE);
  const found = findVolume(context.pools, ref);
  const { pool, volume } = found;
  requireIdle(volume);
  const backend = volumesOf(context, pool, 'changing of volume capacity');
  const resize = backend.resize?.bind(backend);
  if (resize === undefined) throw lacking('changing of volume capacity');
  await using([found], async () => {
    await refreshVolume(context, pool, volume);
    const before = volume.definition.allocation ?? 0n;
    const wanted = absolute(volume.definition.capacity ?? 0n, capacity, flags);
    requireRoom(wanted, flags, { ...volume.definition, available: pool.figures.available });
    await resize(pool, volume, wanted, (flags & ALLOCATE) !== 0);
    volume.definition = { ...volume.definition, capacity: wanted };
    await refreshVolume(context, pool, volume);
    pool.allocate((volume.definition.allocation ?? 0n) - before);
  });
}

function absolute(current: bigint, asked: bigint, flags: number): bigint {
  if ((flags & DELTA) === 0) return asked;
  if ((flags & SHRINK) === 0) return current + asked;
  return asked > current ? 0n : current - asked;
}

interface Figures {
  readonly capacity: bigint | null;
  readonly allocation: bigint | null;
  readonly available: bigint;
}

function requireRoom(wanted: bigint, flags: number, { capacity, allocation, available }: Figures): void {
  if (wanted > MAX) throw errors.invalidArg('capacity is too large', ErrorDomain.STORAGE);
  if (wanted < (allocation ?? 0n))
    throw errors.invalidArg("can't shrink capacity below existing allocation", ErrorDomain.STORAGE);
  if (wanted < (capacity ?? 0n) && (flags & SHRINK) === 0)
    throw errors.invalidArg(
      "Can't shrink capacity below current capacity unless shrink flag explicitly specified",
      ErrorDomain.STORAGE,
    );
  if ((flags & ALLOCATE) !== 0 && wanted - (allocation ?? 0n) > available)
    throw errors.operationFailed('Not enough space left in storage pool', ErrorDomain.STORAGE);
}
