import type { Link } from '../../../native/network/link-message.ts';
import { deleteLink, findLink, moveLink } from '../../../native/network/links.ts';
import { linksOf } from '../../../native/network/namespace.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { HostDevice } from '../../xml/domain/definition.ts';
import { networkCall, performInside } from '../network/guest-end.ts';
import { requireOwnNetwork } from '../network/own-network.ts';
import { addedLink } from '../plan/links.ts';
import type { LiveDevices } from './device-kind.ts';
import { notUpdatedLive } from './refusals.ts';

export type HostNetworkDevice = Extract<HostDevice, { mode: 'capabilities' }>;

/**
 * Network devices of the host that are lent to running containers. They come back under the names that they have; when
 * the container ends, the kernel gives them back.
 */
export const liveHostNetworkDevices: LiveDevices<HostNetworkDevice> = {
  async attach({ domain, process }, device) {
    const { path } = device;
    requireOwnNetwork(domain, process);
    if (findLink(path) === null)
      throw errors.systemError(`Unable to get index for interface ${path}: No such device`, ErrorDomain.NONE);
    await networkCall(`Unable to give '${path}' to the container`, () => moveLink(path, process.initPid));
    try {
      await performInside(process, addedLink(path, device));
    } catch (error) {
      await performInside(process, [moveOut(path)]);
      throw error;
    }
    return device;
  },

  async detach({ process }, { path }) {
    const inside = await networkCall(`Unable to look for '${path}'`, () => linksOf(process.initPid));
    const link = inside.find(({ name }) => name === path);
    if (link !== undefined && !isOfHost(link, 'inside')) throw replaced(path);
    await performInside(process, [moveOut(path)]);
    // It may have been exchanged in between.
    const moved = findLink(path);
    if (moved === null || isOfHost(moved, 'outside')) return;
    await deleteLink(path);
    throw replaced(path);
  },

  update: () => Promise.reject(notUpdatedLive()),
};

/**
 * Whether a link can be one that was lent. What a container makes itself in its place has an end in there, by which it would
 * reach the host: a device of hardware has none, nor has one that lies on a link of the host.
 */
function isOfHost({ kind, lower, isLowerElsewhere }: Link, seenFrom: 'inside' | 'outside'): boolean {
  if (kind === null || kind === 'dummy') return true;
  return lower !== null && isLowerElsewhere === (seenFrom === 'inside');
}

const replaced = (path: string): LibvirtError =>
  errors.operationFailed(`'${path}' is another interface in the container now`);

const moveOut = (name: string) => ({ do: 'move-link-out', name, rename: null }) as const;
