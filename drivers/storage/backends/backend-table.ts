import { poolTypes, type PoolType } from '../../xml/storage/pool-definition.ts';
import type { PoolBackend } from '../backend.ts';
import { internal } from '../errors.ts';

/** The types of pools that can be run. */
export type BackendTable = Partial<Readonly<Record<PoolType, PoolBackend>>>;

/** Throws libvirt's error for a type that it was built without. */
export function backendOf(table: BackendTable, type: PoolType): PoolBackend {
  const backend = table[type];
  if (backend === undefined) throw internal(`missing backend for pool type ${poolTypes.indexOf(type)} (${type})`);
  return backend;
}
