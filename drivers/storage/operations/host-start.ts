import type { DriverLife } from '../../contract/driver-life.ts';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import { lifecycleEvent } from '../pool-events.ts';
import { StoragePool } from '../pool.ts';
import { activate } from './activate.ts';
import { claimed } from './claim.ts';

/** What the daemon's own life asks of the driver. Pools stay as they are when it ends. */
export function hostStart(context: StorageContext): DriverLife {
  const { events, pools, store } = context;
  return {
    async start() {
      store.prepare();
      await addStored(context, () => undefined);
      await Promise.all((await store.states.load()).map(state => adopt(context, state)));
    },

    async autostart() {
      if (!(await store.firstSinceBoot())) return;
      const marked = [...pools.all()].filter(({ active, autostart }) => autostart && !active);
      await Promise.all(marked.map(pool => autostartOne(context, pool)));
    },

    async reload() {
      await addStored(context, pool => events.emit(lifecycleEvent(pool, 'defined')));
    },

    activeCount: () => pools.active().length,
    async close() {},
  };
}

/** Adds the definitions on disk that are not known yet. */
async function addStored({ log, pools, store }: StorageContext, added: (pool: StoragePool) => void): Promise<void> {
  for (const definition of await store.definitions.load()) {
    try {
      if (claimed(pools, definition) !== undefined) continue;
      const pool = new StoragePool(definition, true);
      pool.autostart = store.definitions.autostarts(definition.name);
      pools.add(pool);
      added(pool);
    } catch (error) {
      log.warn({ pool: definition.name, error }, 'The definition of a storage pool is passed over');
    }
  }
}

/** Takes over a pool that was active when the last daemon ended, if it still is. */
async function adopt(context: StorageContext, state: PoolDefinition): Promise<void> {
  const { backends, log, pools, store } = context;
  const known = pools.byUuid(state.uuid);
  const pool = known ?? new StoragePool(state, false);
  try {
    const backend = backendOf(backends, state.type);
    if (!(await backend.check(state))) return await store.states.remove(state.name);
    pool.startAs(state);
    pool.replaceContent(await backend.refresh(pool));
    pool.active = true;
    if (known === undefined) pools.add(pool);
  } catch (error) {
    pool.stopped();
    await store.states.remove(state.name);
    log.warn({ pool: state.name, error }, 'A storage pool that was active could not be taken over');
  }
}

async function autostartOne(context: StorageContext, pool: StoragePool): Promise<void> {
  try {
    await context.jobs.change(pool, async () => {
      if (!pool.active) await activate(context, pool, null);
    });
  } catch (error) {
    context.log.error({ pool: pool.name, error }, 'A storage pool could not be started with the host');
  }
}
