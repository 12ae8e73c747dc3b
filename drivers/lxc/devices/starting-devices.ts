import type { ComposedPlan } from '../plan/compose.ts';
import { hostDevice } from '../plan/host-device.ts';
import { DeviceTable, type OwnDevice } from './device-table.ts';

/** The devices that a container starts with; `loops` are the paths of the plan's loop devices as far as they are attached. */
export function startingDevices({ devices, loopOwners }: ComposedPlan, loops: readonly string[]): DeviceTable {
  const own = new Map<string, OwnDevice>();
  // First those that only filesystems are on, which the container does not open itself.
  for (const [index, path] of loops.entries()) {
    const owner = loopOwners[index] ?? null;
    if (owner !== null) own.set(owner, { ...hostDevice(path, 'block'), access: '' });
  }
  for (const { alias, rule } of devices.own) {
    if (alias === null || rule.kind === 'all') continue;
    const { kind, access, device } = rule;
    const path = device.by === 'loop' ? loops[device.loop] : undefined;
    if (device.by === 'number') own.set(alias, { kind, access, major: device.major, minor: device.minor });
    else if (path !== undefined) own.set(alias, { ...hostDevice(path, 'block'), access });
  }
  return new DeviceTable(devices.standard, own);
}
