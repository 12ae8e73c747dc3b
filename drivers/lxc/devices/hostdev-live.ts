import { errors } from '../../contract/error.ts';
import type { HostDevice } from '../../xml/domain/definition.ts';
import { hostNodePlace } from '../plan/devices.ts';
import { placedHostDevice } from '../plan/usb-devices.ts';
import type { LiveChange, LiveDevices } from './device-kind.ts';
import { liveHostNetworkDevices } from './hostdev-net-live.ts';
import { giveNode, liveSource, takeNode } from './nodes.ts';
import { notUpdatedLive } from './refusals.ts';

/** Devices of the host in running containers: network interfaces, and nodes of all others. */
export const liveHostDevices: LiveDevices<HostDevice> = {
  async attach(change, device) {
    if (device.mode === 'capabilities' && device.type === 'net')
      return await liveHostNetworkDevices.attach(change, device);
    const placed = placedHostDevice(device);
    await attachNode(change, placed);
    return placed;
  },

  async detach(change, device) {
    if (device.mode === 'capabilities' && device.type === 'net')
      return await liveHostNetworkDevices.detach(change, device);
    const place = nodePlace(device);
    if (device.alias !== null) await takeNode(change, device.alias, place.path);
  },

  update: () => Promise.reject(notUpdatedLive()),
};

async function attachNode(change: LiveChange, device: HostDevice): Promise<void> {
  const { source, path, kind } = nodePlace(device);
  const { major, minor } = liveSource(source, kind, 'Hostdev source');
  if (device.alias !== null) await giveNode(change, device.alias, path, { kind, major, minor, access: 'rwm' });
}

function nodePlace(device: HostDevice): NonNullable<ReturnType<typeof hostNodePlace>> {
  if (device.mode === 'subsystem' && device.type !== 'usb')
    throw errors.configUnsupported(`Unsupported host device type ${device.type}`);
  const place = hostNodePlace(device);
  if (place === null) throw errors.configUnsupported(`Unsupported host device type ${device.type}`);
  return place;
}
