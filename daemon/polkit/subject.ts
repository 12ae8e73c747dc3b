import type { Identity } from '../identity.ts';
import type { PolkitSubject } from './authority.ts';

/** A client as polkit knows it; null for one that is no process of this host, or none any more. */
export function subjectOf({ processId, processTime, unixUserId }: Identity): PolkitSubject | null {
  if (processId === null || processTime === null || unixUserId === null) return null;
  return { pid: processId, startTime: processTime, uid: unixUserId };
}
