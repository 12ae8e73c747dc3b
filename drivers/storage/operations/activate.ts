import { errors } from '../../contract/error.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import type { BuildWishes, PoolBackend } from '../backend.ts';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import { lifecycleEvent } from '../pool-events.ts';
import type { StoragePool } from '../pool.ts';

/** Throws operationUnsupported, with the reason, when this host cannot run such pools. */
async function requireAvailable(backend: PoolBackend, definition: PoolDefinition): Promise<void> {
  const { type } = backend;
  const reason = backend.unavailable?.(definition) ?? null;
  if (reason === null) return;
  throw errors.operationUnsupported(
    `pools of type '${type}' cannot be run on this host: ${reason}`,
    ErrorDomain.STORAGE,
  );
}

/** Makes an inactive pool active, which is built first if asked. What fails leaves it as it was. The caller has its job. */
export async function activate(context: StorageContext, pool: StoragePool, build: BuildWishes | null): Promise<void> {
  const { definition } = pool;
  const backend = backendOf(context.backends, definition.type);
  await requireAvailable(backend, definition);
  if (build !== null) await backend.build?.(definition, build);
  await backend.start?.(definition);
  try {
    pool.replaceContent(await backend.refresh(pool));
    await context.store.states.save(definition);
  } catch (error) {
    pool.stopped();
    await stopQuietly(context, backend, definition);
    throw error;
  }
  pool.active = true;
  context.events.emit(lifecycleEvent(pool, 'started'));
}

/** What has failed already is not hidden by a failure to clean up after it. */
async function stopQuietly({ log }: StorageContext, backend: PoolBackend, definition: PoolDefinition): Promise<void> {
  try {
    await backend.stop?.(definition);
  } catch (error) {
    log.warn({ pool: definition.name, error }, 'A storage pool that failed could not be stopped');
  }
}

/** The pool has stopped: forgets what was known of it while it was active, and a transient one as a whole. */
export async function deactivated(context: StorageContext, pool: StoragePool): Promise<void> {
  await context.store.states.remove(pool.name);
  pool.stopped();
  if (!pool.persistent) context.pools.remove(pool);
  context.events.emit(lifecycleEvent(pool, 'stopped'));
}

/** Looks at an active pool again. One that is gone stops. */
export async function refreshActive(context: StorageContext, pool: StoragePool): Promise<void> {
  const backend = backendOf(context.backends, pool.definition.type);
  try {
    pool.replaceContent(await backend.refresh(pool));
  } catch (error) {
    await stopQuietly(context, backend, pool.definition);
    await deactivated(context, pool);
    throw error;
  }
}
