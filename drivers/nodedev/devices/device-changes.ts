import type { Uevent } from '../../../native/ffi/uevent-socket.ts';
import { NodeDeviceEventLifecycleType } from '../../contract/constants.ts';
import type { NodeDeviceEvent } from '../../contract/node-device.ts';
import { kindRows } from '../host/device-kind.ts';
import type { DeviceList } from '../host/device-list.ts';
import { readHostDevice, type HostDevice } from '../host/host-device.ts';
import type { HostTree } from '../host/host-tree.ts';

const subsystems: ReadonlySet<string> = new Set(kindRows.map(({ subsystem }) => subsystem));

const { CREATED, DELETED } = NodeDeviceEventLifecycleType;

const lifecycle = ({ name }: HostDevice, event: NodeDeviceEventLifecycleType): NodeDeviceEvent => ({
  kind: 'lifecycle',
  device: { name },
  event,
});

/** Changes the list by what the kernel or udev told; returns what that means to clients. */
export function applyUevent(tree: HostTree, devices: DeviceList, event: Uevent): NodeDeviceEvent[] {
  if (!subsystems.has(event.get('SUBSYSTEM') ?? '')) return [];
  const path = placeOf(event.get('DEVPATH'));
  if (path === null) return [];
  const action = event.get('ACTION');
  if (action === 'remove') return gone(devices, path);
  const before = action === 'move' ? placeOf(event.get('DEVPATH_OLD')) : null;
  return [...(before === null ? [] : gone(devices, before)), ...lookAgain(tree, devices, path)];
}

/** Below /sys; null for what is no device's place. */
function placeOf(devpath: string | undefined): string | null {
  if (devpath === undefined || !devpath.startsWith('/devices/') || devpath.split('/').includes('..')) return null;
  return `/sys${devpath}`;
}

function gone(devices: DeviceList, path: string): NodeDeviceEvent[] {
  const device = devices.removeAt(path);
  return device === null ? [] : [lifecycle(device, DELETED)];
}

/** A device that is there, is no longer, or has become another (a drive with another serial number). */
function lookAgain(tree: HostTree, devices: DeviceList, path: string): NodeDeviceEvent[] {
  const device = readHostDevice(tree, path);
  if (device === null) return gone(devices, path);
  const known = devices.at(path);
  const replaced = devices.put(device);
  if (known === null) return [lifecycle(device, CREATED)];
  if (replaced === null) return [{ kind: 'update', device: { name: device.name } }];
  return [lifecycle(replaced, DELETED), lifecycle(device, CREATED)];
}

/** Makes the list what a new scan found, after events were lost. */
export function applyScan(devices: DeviceList, found: readonly HostDevice[]): NodeDeviceEvent[] {
  const places = new Set(found.map(({ path }) => path));
  const events: NodeDeviceEvent[] = [];
  for (const { path } of devices.all()) if (path !== null && !places.has(path)) events.push(...gone(devices, path));
  for (const device of found) {
    const known = device.path === null ? null : devices.at(device.path);
    const replaced = devices.put(device);
    if (replaced !== null) events.push(lifecycle(replaced, DELETED));
    if (known === null || replaced !== null) events.push(lifecycle(device, CREATED));
  }
  return events;
}
