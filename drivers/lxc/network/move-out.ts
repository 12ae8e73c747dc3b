import type { Link } from '../../../native/network/link-message.ts';
import { deleteLink, findLink } from '../../../native/network/links.ts';
import { linksOf } from '../../../native/network/namespace.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { RunningDomain } from '../domain.ts';
import { networkCall, performInside } from './guest-end.ts';

/**
 * Moves a link that was lent to a running container out of it, known by its name in there, and has it checked again by
 * `isLent` once it is out, under the name `rename`. Throws operationFailed when the container has put another in its
 * place, which is deleted where it came along.
 */
export async function moveOut(
  running: RunningDomain,
  name: string,
  rename: string | null = null,
  isLent: (moved: Link) => boolean = () => true,
): Promise<void> {
  const inside = await networkCall(`Unable to look for '${name}'`, () => linksOf(running.initPid));
  const link = inside.find(seen => seen.name === name);
  if (link !== undefined && !isOfHost(link, 'inside')) throw replaced(name);
  await performInside(running, [{ do: 'move-link-out', name, rename }]);
  // It may have been exchanged in between.
  const outside = rename ?? name;
  const moved = findLink(outside);
  if (moved === null || (isOfHost(moved, 'outside') && isLent(moved))) return;
  await deleteLink(outside);
  throw replaced(name);
}

/**
 * Whether a link can be one that was lent. What a container makes itself in its place has an end in there, by which it would
 * reach the host: a device of hardware has none, nor has one that lies on a link of the host.
 */
function isOfHost({ kind, lower, isLowerElsewhere }: Link, seenFrom: 'inside' | 'outside'): boolean {
  if (kind === null || kind === 'dummy') return true;
  return lower !== null && isLowerElsewhere === (seenFrom === 'inside');
}

const replaced = (name: string): LibvirtError =>
  errors.operationFailed(`'${name}' is another interface in the container now`);
