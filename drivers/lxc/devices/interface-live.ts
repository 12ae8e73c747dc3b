import { deleteLink, findLink } from '../../../native/network/links.ts';
import { deleteLinkOf, linksOnOurs } from '../../../native/network/namespace.ts';
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
      await disconnect(process, made, hostName, domain.definition.devices.interfaces);
      throw error;
    }
    process.hostInterfaces.push(hostName);
    return made;
  },

  async detach({ domain, process }, device) {
    const { interfaces } = domain.definition.devices;
    const index = interfaces.indexOf(device);
    await networkCall('Unable to remove the interface', () =>
      disconnect(process, device, process.hostInterfaces[index] ?? null, interfaces.toSpliced(index, 1)),
    );
    process.hostInterfaces.splice(index, 1);
  },

  async update({ domain, process }, present, wanted) {
    const index = domain.definition.devices.interfaces.indexOf(present);
    return await updateInterface(process, process.hostInterfaces[index] ?? null, present, wanted);
  },
};

/**
 * One without a host's end lies on a link of the host. The container may have given it another name and address, and made
 * more of it: all that lies there goes, but for what the container has there besides (`others`).
 */
async function disconnect(
  { initPid }: ContainerProcess,
  { type, source }: InterfaceDevice,
  hostName: string | null,
  others: readonly InterfaceDevice[],
): Promise<void> {
  if (hostName !== null) return await deleteLink(hostName);
  const lower = type === 'direct' ? findLink(source ?? '') : null;
  if (lower === null) return;
  const there = new Set(linksOnOurs(initPid, lower.index));
  for (const other of others) {
    if (other.type !== 'direct' || other.source !== source) continue;
    const links = [...there];
    const own = links.find(({ mac }) => mac === other.mac) ?? links.find(({ name }) => name === other.guestDev);
    if (own !== undefined) there.delete(own);
  }
  for (const { index } of there) await deleteLinkOf(initPid, index);
}
