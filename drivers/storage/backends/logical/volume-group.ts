import type { PoolDefinition } from '../../../xml/storage/pool-definition.ts';
import { invalid } from '../../errors.ts';

/** What LVM takes as a name, and no program takes for an option or a path. */
const nameForm = /^[\w+.][\w+.-]{0,126}$/;

export const isLvmName = (name: string): boolean => nameForm.test(name) && name !== '.' && name !== '..';

/** The name of a pool's volume group. */
export function groupOf({ name, source }: PoolDefinition): string {
  const group = source.name ?? name;
  if (!isLvmName(group)) throw invalid(`'${group}' is no name of a volume group`);
  return group;
}
