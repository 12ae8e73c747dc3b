import type { PoolDefinition } from '../../../xml/storage/pool-definition.ts';
import { invalid } from '../../errors.ts';

/** A name that zpool(8) takes, and that no program takes for an option. Part of one, "tank/vms", is one, too. */
export function zpoolOf({ name, source }: PoolDefinition): string {
  const pool = source.name ?? name;
  if (!/^[A-Za-z][\w.:-]*(\/[\w.:-]+)*$/.test(pool)) throw invalid(`'${pool}' is no name of a ZFS pool`);
  return pool;
}
