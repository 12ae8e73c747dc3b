import { ErrorDomain, StoragePoolDefineFlags } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { PoolRef, StoragePools } from '../../contract/storage-pools.ts';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { parsePool } from '../../xml/storage/pool.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import { internal, invalid } from '../errors.ts';
import { lifecycleEvent } from '../pool-events.ts';
import { StoragePool } from '../pool.ts';
import { changePool, refuseAsyncJobs } from './change-pool.ts';
import { claimed } from './claim.ts';

type Defining = Pick<StoragePools, 'storagePoolDefineXml' | 'storagePoolUndefine' | 'storagePoolSetAutostart'>;

/** Making pools persistent, and no longer so. */
export function defining(context: StorageContext): Defining {
  const { backends, events, pools, store } = context;
  return {
    async storagePoolDefineXml(xml, flags) {
      const { STORAGE_POOL_DEFINE_VALIDATE: validate } = StoragePoolDefineFlags;
      checkFlags(flags, validate, 'storagePoolDefineXML', ErrorDomain.STORAGE);
      const definition = await parsePool(xml, (flags & validate) !== 0);
      backendOf(backends, definition.type);
      for (;;) {
        const defined = await defineOnce(context, definition);
        if (defined !== null) return defined;
      }
    },

    async storagePoolUndefine(ref) {
      await changePool(context, ref, async pool => {
        if (pool.active) throw invalid(`storage pool '${pool.name}' is still active`);
        refuseAsyncJobs(pool);
        await store.definitions.remove(pool.name);
        pools.remove(pool);
        events.emit(lifecycleEvent(pool, 'undefined'));
      });
    },

    async storagePoolSetAutostart(ref, autostart) {
      await changePool(context, ref, async pool => {
        if (!pool.persistent) throw internal('pool has no config file');
        if (pool.autostart === autostart) return;
        await store.definitions.setAutostart(pool.name, autostart);
        pool.autostart = autostart;
      });
    },
  };
}

/** Null when the pool went away while the call waited for it: try again. */
async function defineOnce(context: StorageContext, definition: PoolDefinition): Promise<PoolRef | null> {
  const { events, jobs, pools, store } = context;
  const known = claimed(pools, definition);
  const pool = known ?? new StoragePool(definition, true);
  if (known === undefined) pools.add(pool);
  return await jobs.change(pool, async () => {
    if (!pools.has(pool)) return null;
    try {
      await store.definitions.save(definition);
    } catch (error) {
      if (known === undefined) pools.remove(pool);
      throw error;
    }
    pool.persistent = true;
    pool.define(definition);
    events.emit(lifecycleEvent(pool, 'defined'));
    return pool.ref;
  });
}
