import { ErrorDomain } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { StoragePools } from '../../contract/storage-pools.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import { refreshEvent } from '../pool-events.ts';
import { notActive } from '../pool-list.ts';
import { deactivated, refreshActive } from './activate.ts';
import { changePool, refuseAsyncJobs } from './change-pool.ts';

/** What is done to active pools. */
export function running(context: StorageContext): Pick<StoragePools, 'storagePoolRefresh' | 'storagePoolDestroy'> {
  const { backends, events } = context;
  return {
    async storagePoolRefresh(ref, flags) {
      checkFlags(flags, 0, 'storagePoolRefresh', ErrorDomain.STORAGE);
      await changePool(context, ref, async pool => {
        if (!pool.active) throw notActive(pool);
        refuseAsyncJobs(pool);
        await refreshActive(context, pool);
        events.emit(refreshEvent(pool));
      });
    },

    async storagePoolDestroy(ref) {
      await changePool(context, ref, async pool => {
        if (!pool.active) throw notActive(pool);
        refuseAsyncJobs(pool);
        await backendOf(backends, pool.definition.type).stop?.(pool.definition);
        await deactivated(context, pool);
      });
    },
  };
}
