import { ErrorDomain, StorageVolCreateFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { PoolRef } from '../../contract/storage-pools.ts';
import type { VolumeRef } from '../../contract/storage-volumes.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { fileFormats } from '../../xml/storage/volume-formats.ts';
import { parseVolume } from '../../xml/storage/volume.ts';
import type { StoragePool } from '../pool.ts';
import type { VolumeBackend } from '../volume-backend.ts';
import type { StorageVolume } from '../volume.ts';
import { findVolume, referenceTo, requireBuilt, type FoundVolume } from './find-volume.ts';
import { openContent } from './open-content.ts';
import { lacking, refreshVolume, using, volumesOf, type Held, type VolumesContext } from './volumes-context.ts';

const { PREALLOC_METADATA, REFLINK, VALIDATE } = StorageVolCreateFlags;

export async function createVolume(
  context: VolumesContext,
  ref: PoolRef,
  xml: string,
  flags: number,
): Promise<VolumeRef> {
  checkFlags(flags, PREALLOC_METADATA | VALIDATE, 'storageVolCreateXML', ErrorDomain.STORAGE);
  const pool = context.pools.findActive(ref);
  const backend = volumesOf(context, pool, 'volume creation');
  const asked = await parseVolume(xml, { formats: backend.formats ?? fileFormats, validate: (flags & VALIDATE) !== 0 });
  const capacity = asked.capacity === null ? null : larger(asked.capacity, asked.allocation ?? 0n);
  const wanted = { ...asked, capacity, allocation: asked.allocation ?? capacity };
  return await place({ context, pool, backend, wanted }, [], volume =>
    backend.build(pool, volume, flags & ~VALIDATE, context.ending),
  );
}

export async function createVolumeFrom(
  context: VolumesContext,
  ref: PoolRef,
  xml: string,
  sourceRef: VolumeRef,
  flags: number,
): Promise<VolumeRef> {
  checkFlags(flags, PREALLOC_METADATA | REFLINK | VALIDATE, 'storageVolCreateXMLFrom', ErrorDomain.STORAGE);
  const pool = context.pools.findActive(ref);
  const source = findVolume(context.pools, sourceRef);
  const backend = volumesOf(context, pool, 'volume creation from an existing volume');
  const buildFrom = backend.buildFrom?.bind(backend);
  if (buildFrom === undefined) throw lacking('volume creation from an existing volume');
  const asked = await parseVolume(xml, {
    formats: backend.formats ?? fileFormats,
    validate: (flags & VALIDATE) !== 0,
    fromSource: true,
  });
  requireBuilt(source.volume);
  await refreshVolume(context, source.pool, source.volume);
  const capacity = larger(asked.capacity ?? 0n, source.volume.definition.capacity ?? 0n);
  const wanted = { ...asked, capacity, allocation: asked.allocation ?? capacity };
  const content = { volume: source.volume, open: () => openContent(context, source) };
  return await place({ context, pool, backend, wanted, taken: inUseAlready }, [source], volume =>
    buildFrom(pool, volume, content, flags & ~VALIDATE, context.ending),
  );
}

interface Placing {
  readonly context: VolumesContext;
  readonly pool: StoragePool;
  readonly backend: VolumeBackend;
  readonly wanted: VolumeDefinition;
  /** What a name that is taken is answered. */
  readonly taken?: (name: string) => Error;
}

const existsAlready = (name: string): Error => errors.storageVolExist(`'${name}'`, ErrorDomain.STORAGE);
const inUseAlready = (name: string): Error =>
  errors.internalError(`storage volume name '${name}' already in use.`, ErrorDomain.STORAGE);

/**
 * The name is taken first, then the volume is made outside of the pool's job: others see that it is there, and that it is
 * being made.
 */
async function place(
  { context, pool, backend, wanted, taken = existsAlready }: Placing,
  sources: readonly FoundVolume[],
  make: (volume: StorageVolume) => Promise<void>,
): Promise<VolumeRef> {
  const volume = await context.jobs.change(pool, async () => {
    context.pools.findActive(pool.ref);
    if (pool.volumes.byName(wanted.name) !== undefined) throw taken(wanted.name);
    const placed = await backend.place(pool, wanted);
    placed.building = true;
    pool.volumes.add(placed);
    return placed;
  });
  const held: Held[] = [...sources, { pool, volume }];
  try {
    await using(held, () => make(volume));
  } catch (error) {
    pool.volumes.remove(volume);
    throw error;
  }
  volume.building = false;
  await refreshVolume(context, pool, volume);
  pool.allocate(volume.definition.allocation ?? 0n);
  return referenceTo(pool, volume);
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
