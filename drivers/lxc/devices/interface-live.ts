import { randomBytes } from 'node:crypto';
import { findLink } from '../../../native/network/links.ts';
import { deleteLinkOf, linksOnOurs } from '../../../native/network/namespace.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import { checkInterface } from '../network/check-interface.ts';
import { freeGuestName, networkCall, performInside } from '../network/guest-end.ts';
import { releasePorts, replugged, tellPlugged, withPort } from '../network/network-port.ts';
import { moveOut } from '../network/move-out.ts';
import { plugOf } from '../network/plug.ts';
import { requireOwnNetwork } from '../network/own-network.ts';
import { updateInterface } from '../network/update-interface.ts';
import { addedInterface } from '../plan/links.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import type { LiveChange, LiveDevices } from './device-kind.ts';

/** Those that can be given to a running container. */
const TYPES: ReadonlySet<string> = new Set(['network', 'bridge', 'ethernet', 'direct', 'hostdev']);

/**
 * Network interfaces of running containers. A new one is born in the container under its final name, and is up:
 * nobody in there waits for it. One that is to be down has no carrier instead, where it has an end outside.
 */
export const liveInterfaces: LiveDevices<InterfaceDevice> = {
  async attach(change, wanted) {
    const { context, domain, process } = change;
    if (!TYPES.has(wanted.type)) throw errors.configUnsupported('Network device type is not supported');
    requireOwnNetwork(domain, process);
    const device = await withPort(context.networks, domain.definition, wanted);
    try {
      return await attachPlugged(change, device);
    } catch (error) {
      await releasePorts(context.networks, [device]);
      throw error;
    }
  },

  async detach({ context, domain, process }, device) {
    const { interfaces } = domain.definition.devices;
    const index = interfaces.indexOf(device);
    await networkCall('Unable to remove the interface', () =>
      disconnect(context, process, device, process.hostInterfaces[index] ?? null, interfaces.toSpliced(index, 1)),
    );
    process.hostInterfaces.splice(index, 1);
    await releasePorts(context.networks, [device]);
  },

  async update({ context, domain, process }, present, wanted) {
    const index = domain.definition.devices.interfaces.indexOf(present);
    const hostName = process.hostInterfaces[index] ?? null;
    const update = (from: InterfaceDevice, to: InterfaceDevice): Promise<InterfaceDevice> =>
      updateInterface(process, hostName, from, to, (device, name) =>
        context.links.filter(device, name, domain.definition),
      );
    if (present.type !== 'network' && wanted.type !== 'network') return await update(present, wanted);
    return await replugged(context.networks, domain.definition, present, wanted, async device => {
      const changed = await update(plugOf(present), plugOf(device));
      await tellPlugged(context.networks, [device], [hostName]);
      return changed;
    });
  },
};

/** Makes an interface that has its port, if it needs one. */
async function attachPlugged(
  { context, domain, process }: LiveChange,
  device: InterfaceDevice,
): Promise<InterfaceDevice> {
  checkInterface(plugOf(device));
  const name = freeGuestName(process, device.guestDev);
  const hostName = await networkCall(`Unable to make interface '${name}'`, () =>
    context.links.connectOne(device, { name, pid: process.initPid }, domain.definition),
  );
  const made = { ...device, targetDev: hostName ?? device.targetDev, guestDev: name };
  try {
    await performInside(process, addedInterface(name, plugOf(device)));
    await tellPlugged(context.networks, [made], [hostName]);
  } catch (error) {
    await disconnect(context, process, made, hostName, domain.definition.devices.interfaces);
    throw error;
  }
  process.hostInterfaces.push(hostName);
  return made;
}

/**
 * One without a host's end lies on a link of the host. The container may have given it another name and address, and made
 * more of it: all that lies there goes, but for what the container has there besides (`others`).
 */
async function disconnect(
  { links }: Pick<LxcContext, 'links'>,
  running: ContainerProcess,
  device: InterfaceDevice,
  hostName: string | null,
  others: readonly InterfaceDevice[],
): Promise<void> {
  const { initPid } = running;
  const { type, source } = plugOf(device);
  if (hostName !== null) return await links.disconnectOne(hostName);
  if (type === 'hostdev') {
    // The host may have another of the name that it has in the container.
    const outside = `lent${randomBytes(4).toString('hex')}`;
    await moveOut(running, device.guestDev ?? '', outside, ({ name }) => links.isLent(device, name));
    return await links.takeBack([device]);
  }
  const lower = type === 'direct' ? findLink(source ?? '') : null;
  if (lower === null) return;
  const there = new Set(linksOnOurs(initPid, lower.index));
  for (const other of others.map(plugOf)) {
    if (other.type !== 'direct' || other.source !== source) continue;
    const left = [...there];
    const own = left.find(({ mac }) => mac === other.mac) ?? left.find(({ name }) => name === other.guestDev);
    if (own !== undefined) there.delete(own);
  }
  for (const { index } of there) await deleteLinkOf(initPid, index);
}
