import { ErrorDomain } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { StoragePools } from '../../contract/storage-pools.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import { invalid, unsupportedCall } from '../errors.ts';
import { lifecycleEvent } from '../pool-events.ts';
import { buildFlags, buildWishes } from './build-wishes.ts';
import { changePool, refuseAsyncJobs } from './change-pool.ts';

/** Making what a pool consists of, and removing it. */
export function building(context: StorageContext): Pick<StoragePools, 'storagePoolBuild' | 'storagePoolDelete'> {
  const { backends, events } = context;
  return {
    async storagePoolBuild(ref, flags) {
      await changePool(context, ref, async pool => {
        const backend = backendOf(backends, pool.definition.type);
        if (pool.active) throw invalid(`storage pool '${pool.name}' is already active`);
        checkFlags(flags, buildFlags, backend.callers?.build ?? 'storagePoolBuild', ErrorDomain.STORAGE);
        const wishes = buildWishes(flags);
        await backend.build?.(pool.definition, wishes);
        events.emit(lifecycleEvent(pool, 'built'));
      });
    },

    async storagePoolDelete(ref, flags) {
      await changePool(context, ref, async pool => {
        const backend = backendOf(backends, pool.definition.type);
        if (pool.active) throw invalid(`storage pool '${pool.name}' is still active`);
        refuseAsyncJobs(pool);
        if (backend.delete === undefined) throw unsupportedCall('pool does not support pool deletion');
        checkFlags(flags, 0, backend.callers?.delete ?? 'storagePoolDelete', ErrorDomain.STORAGE);
        await backend.delete(pool.definition);
        events.emit(lifecycleEvent(pool, 'deleted'));
      });
    },
  };
}
