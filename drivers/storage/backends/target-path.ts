import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { internal, invalid } from '../errors.ts';

/** Where a pool's volumes are. Throws for a path that means another place to every process. */
export function targetPath({ name, target }: PoolDefinition): string {
  if (target === null) throw internal(`storage pool '${name}' has no target`);
  if (!target.path.startsWith('/'))
    throw invalid(`the target path '${target.path}' of storage pool '${name}' is not absolute`);
  return target.path;
}
