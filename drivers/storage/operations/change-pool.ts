import type { PoolRef } from '../../contract/storage-pools.ts';
import type { StorageContext } from '../context.ts';
import { internal, noPool } from '../errors.ts';
import type { StoragePool } from '../pool.ts';

/** Finds the pool and does `job` alone with it. Throws noStoragePool, also when it goes away while the call waits. */
export function changePool<T>(
  { pools, jobs }: StorageContext,
  ref: PoolRef,
  job: (pool: StoragePool) => Promise<T> | T,
): Promise<T> {
  const pool = pools.find(ref);
  return jobs.change(pool, () => {
    if (!pools.has(pool)) throw noPool(`no storage pool with matching uuid '${ref.uuid}' (${ref.name})`);
    return job(pool);
  });
}

/** What ends or replaces a pool's volumes waits for nobody's long work: it is refused. */
export function refuseAsyncJobs({ name, asyncJobs }: StoragePool): void {
  if (asyncJobs > 0) throw internal(`pool '${name}' has asynchronous jobs running.`);
}
