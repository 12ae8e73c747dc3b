import { deleteLink } from '../../../native/network/links.ts';
import { deleteLinkOf, linksOf } from '../../../native/network/namespace.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import { checkInterface } from '../network/check-interface.ts';
import { freeGuestName, networkCall, performInside } from '../network/guest-end.ts';
import { requireOwnNetwork } from '../network/own-network.ts';
import { updateInterface } from '../network/update-interface.ts';
import { addedInterface } from '../plan/links.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import type { LiveDevices } from './device-kind.ts';

/** Those that can be given to a running container. */
const TYPES: ReadonlySet<string> = new Set(['network', 'bridge', 'ethernet', 'direct']);

/**
 * Network interfaces of running containers. A new one is born in the container under its final name, and is up:
 * nobody in there waits for it. One that is to be down has no carrier instead, where it has an end outside.
 */
export const liveInterfaces: LiveDevices<InterfaceDevice> = {
  async attach({ context, domain, process }, device) {
    if (!TYPES.has(device.type)) throw errors.configUnsupported('Network device type is not supported');
    checkInterface(device);
    requireOwnNetwork(domain, process);
    const name = freeGuestName(process, device.guestDev);
    const hostName = await networkCall(`Unable to make interface '${name}'`, () =>
      context.links.connectOne(device, { name, pid: process.initPid }),
    );
    const made = { ...device, targetDev: hostName ?? device.targetDev, guestDev: name };
    try {
      await performInside(process, addedInterface(name, device));
    } catch (error) {
      await disconnect(process, made, hostName);
      throw error;
    }
    process.hostInterfaces.push(hostName);
    return made;
  },

  async detach({ domain, process }, device) {
    const index = domain.definition.devices.interfaces.indexOf(device);
    await networkCall('Unable to remove the interface', () =>
      disconnect(process, device, process.hostInterfaces[index] ?? null),
    );
    process.hostInterfaces.splice(index, 1);
  },

  async update({ domain, process }, present, wanted) {
    const index = domain.definition.devices.interfaces.indexOf(present);
    return await updateInterface(process, process.hostInterfaces[index] ?? null, present, wanted);
  },
};

/** One without a host's end is looked for in the container, which may have named it anew, or deleted it. */
async function disconnect(
  { initPid }: ContainerProcess,
  { guestDev, mac }: InterfaceDevice,
  hostName: string | null,
): Promise<void> {
  if (hostName !== null) return await deleteLink(hostName);
  const own = linksOf(initPid).filter(link => link.kind === 'macvlan' && link.mac === mac);
  const link = own.find(({ name }) => name === guestDev) ?? own[0];
  if (link !== undefined) await deleteLinkOf(initPid, link.index);
}
