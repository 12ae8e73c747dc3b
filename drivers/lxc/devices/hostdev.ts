import type { HostDevice, UsbSource } from '../../xml/domain/definition.ts';
import type { DeviceKind, Side } from './device-kind.ts';
import { liveHostDevices } from './hostdev-live.ts';
import { alreadyThere, notFound } from './refusals.ts';

/** Devices of the host, which are known by what they are there. */
export const hostDevices: DeviceKind<HostDevice> = {
  of: devices => devices.hostdevs,
  put: (devices, list) => ({ ...devices, hostdevs: [...list] }),
  checkNew(present, wanted, side) {
    if (!present.some(device => isSame(device, wanted))) return;
    throw alreadyThere(side, 'device is already in the domain configuration', 'host device already exists');
  },
  find(present, wanted, side) {
    const index = present.findIndex(device => isSame(device, wanted));
    if (index >= 0) return index;
    throw absent(wanted, side);
  },
  change: null,
  live: liveHostDevices,
};

function absent(wanted: HostDevice, side: Side): Error {
  const what = wanted.mode === 'capabilities' ? `hostdev ${wanted.path}` : `${wanted.type} device`;
  return notFound(side, 'device not present in domain configuration', `${what} not found`);
}

function isSame(a: HostDevice, b: HostDevice): boolean {
  if (a.mode === 'capabilities' || b.mode === 'capabilities')
    return a.mode === b.mode && a.type === b.type && 'path' in a && 'path' in b && a.path === b.path;
  if (a.type !== b.type) return false;
  if (a.usb !== null && b.usb !== null) return isSameUsb(a.usb, b.usb);
  return JSON.stringify(sourcesOf(a)) === JSON.stringify(sourcesOf(b));
}

/** By its place on the bus where both have one, else by what it is. */
function isSameUsb(a: UsbSource, b: UsbSource): boolean {
  if (a.bus !== null && b.bus !== null) return a.bus === b.bus && a.device === b.device;
  return a.vendor !== null && a.vendor === b.vendor && a.product === b.product;
}

const sourcesOf = ({ foreign }: HostDevice): unknown => foreign.filter(({ name }) => name === 'source');
