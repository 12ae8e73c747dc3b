import type { PoolRef } from '../contract/storage-pools.ts';
import { ObjectList } from '../objects/object-list.ts';
import { invalid, noPool } from './errors.ts';
import type { StoragePool } from './pool.ts';

/** The driver's pools; they do not change their names. */
export class PoolList extends ObjectList<StoragePool> {
  /** Throws noStoragePool when no pool has the reference's UUID. */
  find({ uuid, name }: PoolRef): StoragePool {
    const pool = this.byUuid(uuid);
    if (pool === undefined) throw noPool(`no storage pool with matching uuid '${uuid}' (${name})`);
    return pool;
  }

  /** The same, and throws operationInvalid for one that is not active. */
  findActive(ref: PoolRef): StoragePool {
    const pool = this.find(ref);
    if (!pool.active) throw notActive(pool);
    return pool;
  }

  /** Throws noStoragePool. */
  findByName(name: string): StoragePool {
    const pool = this.byName(name);
    if (pool === undefined) throw noPool(`no storage pool with matching name '${name}'`);
    return pool;
  }

  active(): StoragePool[] {
    return [...this.all()].filter(({ active }) => active);
  }

  inactive(): StoragePool[] {
    return [...this.all()].filter(({ active }) => !active);
  }
}

export const notActive = ({ name }: StoragePool) => invalid(`storage pool '${name}' is not active`);
