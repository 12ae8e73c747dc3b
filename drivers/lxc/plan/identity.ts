import type { DomainDefinition, IdMapping } from '../../xml/domain/definition.ts';
import type { IdRange } from '../../../native/plan/plan.ts';

const range = ({ start, target, count }: IdMapping): IdRange => ({ inside: start, outside: target, count });

/** Which users and groups of the host those of a container are. */
export interface Identity {
  /** Whether the container has a user namespace. */
  readonly mapped: boolean;
  readonly uidMap: readonly IdRange[];
  readonly gidMap: readonly IdRange[];
  /** The host's ids of the container's root. */
  readonly rootUid: number;
  readonly rootGid: number;
  /** The host's id of the container's group for terminals (5), or null when it has none. */
  readonly ttyGid: number | null;
}

/** Debian's and everybody's number of the group "tty". */
export const TTY_GROUP = 5;

function outside(map: readonly IdRange[], id: number): number | null {
  const found = map.find(({ inside, count }) => id >= inside && id < inside + count);
  return found === undefined ? null : found.outside + (id - found.inside);
}

export function identityOf({ idmap }: DomainDefinition): Identity {
  const uidMap = idmap.uid.map(range);
  const gidMap = idmap.gid.map(range);
  const mapped = uidMap.length > 0;
  return {
    mapped,
    uidMap,
    gidMap,
    rootUid: mapped ? (outside(uidMap, 0) ?? 0) : 0,
    rootGid: mapped ? (outside(gidMap, 0) ?? 0) : 0,
    ttyGid: mapped ? outside(gidMap, TTY_GROUP) : TTY_GROUP,
  };
}
