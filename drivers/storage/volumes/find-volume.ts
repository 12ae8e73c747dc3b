import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { VolumeRef } from '../../contract/storage-volumes.ts';
import { notActive, type PoolList } from '../pool-list.ts';
import type { StoragePool } from '../pool.ts';
import type { StorageVolume } from '../volume.ts';

export interface FoundVolume {
  readonly pool: StoragePool;
  readonly volume: StorageVolume;
}

/** The volume of that name, in the active pool of that name. */
export function findVolume(pools: PoolList, { pool: poolName, name }: VolumeRef): FoundVolume {
  const pool = pools.findByName(poolName);
  if (!pool.active) throw notActive(pool);
  return { pool, volume: volumeOf(pool, name) };
}

export function volumeOf(pool: StoragePool, name: string): StorageVolume {
  const volume = pool.volumes.byName(name);
  if (volume === undefined) throw noVolume(`no storage vol with matching name '${name}'`);
  return volume;
}

export const noVolume = (text: string): Error => errors.noStorageVol(text, ErrorDomain.STORAGE);

/** Throws while the volume is being made, or is in use by another call. */
export function requireIdle({ name, building, inUse }: StorageVolume): void {
  requireBuilt({ name, building });
  if (inUse > 0) throw errors.operationInvalid(`volume '${name}' is still in use.`, ErrorDomain.STORAGE);
}

export function requireBuilt({ name, building }: Pick<StorageVolume, 'name' | 'building'>): void {
  if (building) throw errors.operationInvalid(`volume '${name}' is still being allocated.`, ErrorDomain.STORAGE);
}

export const referenceTo = (pool: StoragePool, { name, key }: StorageVolume): VolumeRef => ({
  pool: pool.name,
  name,
  key,
});
