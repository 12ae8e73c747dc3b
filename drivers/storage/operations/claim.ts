import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { failed } from '../errors.ts';
import type { PoolList } from '../pool-list.ts';
import type { StoragePool } from '../pool.ts';
import { refuseConflict } from '../source-conflict.ts';

/**
 * The pool that `definition` is about, if there is one. Throws operationFailed when its name or UUID is that of another
 * pool, or its source.
 */
export function claimed(pools: PoolList, definition: PoolDefinition): StoragePool | undefined {
  const { name, uuid } = definition;
  const known = pools.byUuid(uuid);
  if (known !== undefined && known.name !== name)
    throw failed(`pool '${known.name}' is already defined with uuid ${uuid}`);
  const namesake = pools.byName(name);
  if (namesake !== undefined && namesake !== known)
    throw failed(`pool '${name}' already exists with uuid ${namesake.uuid}`);
  refuseConflict(pools.all(), definition);
  return known;
}
