import { findLink, moveLink } from '../../../native/network/links.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { HostDevice } from '../../xml/domain/definition.ts';
import { networkCall, performInside } from '../network/guest-end.ts';
import { moveOut } from '../network/move-out.ts';
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
      await moveOut(process, path);
      throw error;
    }
    return device;
  },

  async detach({ process }, { path }) {
    await moveOut(process, path);
  },

  update: () => Promise.reject(notUpdatedLive()),
};
