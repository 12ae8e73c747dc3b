import { ErrorDomain } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { PoolRef, StoragePools } from '../../contract/storage-pools.ts';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { parsePool } from '../../xml/storage/pool.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import type { BuildWishes } from '../backend.ts';
import { invalid } from '../errors.ts';
import { StoragePool } from '../pool.ts';
import { activate } from './activate.ts';
import { createFlags, createWishes } from './build-wishes.ts';
import { changePool } from './change-pool.ts';
import { claimed } from './claim.ts';

/** Making pools active. */
export function starting(context: StorageContext): Pick<StoragePools, 'storagePoolCreate' | 'storagePoolCreateXml'> {
  return {
    async storagePoolCreate(ref, flags) {
      checkFlags(flags, createFlags, 'storagePoolCreate', ErrorDomain.STORAGE);
      await changePool(context, ref, async pool => {
        if (pool.active) throw invalid(`storage pool '${pool.name}' is already active`);
        await activate(context, pool, createWishes(flags));
      });
    },

    async storagePoolCreateXml(xml, flags) {
      checkFlags(flags, createFlags, 'storagePoolCreateXML', ErrorDomain.STORAGE);
      const definition = await parsePool(xml);
      backendOf(context.backends, definition.type);
      for (;;) {
        const created = await createOnce(context, definition, createWishes(flags));
        if (created !== null) return created;
      }
    },
  };
}

/** Null when the pool went away while the call waited for it: try again. */
async function createOnce(
  context: StorageContext,
  definition: PoolDefinition,
  build: BuildWishes | null,
): Promise<PoolRef | null> {
  const { jobs, pools } = context;
  const known = claimed(pools, definition);
  if (known?.active === true) throw activeAs(known);
  const pool = known ?? new StoragePool(definition, false);
  if (known === undefined) pools.add(pool);
  return await jobs.change(pool, async () => {
    if (!pools.has(pool)) return null;
    if (pool.active) throw activeAs(pool);
    try {
      pool.startAs(definition);
      await activate(context, pool, build);
    } catch (error) {
      pool.stopped();
      if (!pool.persistent) pools.remove(pool);
      throw error;
    }
    return pool.ref;
  });
}

const activeAs = ({ name }: StoragePool) => invalid(`pool is already active as '${name}'`);
