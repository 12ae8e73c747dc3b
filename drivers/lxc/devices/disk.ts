import type { DiskDevice } from '../../xml/domain/definition.ts';
import { sortDisks } from '../../xml/domain/devices.ts';
import { addressed } from '../../xml/domain/drives.ts';
import { changedAlias } from './aliases.ts';
import type { DeviceKind, Side } from './device-kind.ts';
import { liveDisks } from './disk-live.ts';
import { alreadyThere, notFound } from './refusals.ts';

const at = (present: readonly DiskDevice[], target: string): number =>
  present.findIndex(disk => disk.target === target);

/** Disks, which are known by their target. */
export const disks: DeviceKind<DiskDevice> = {
  of: devices => devices.disks,
  put: (devices, list) => ({ ...devices, disks: sortDisks(list.map(addressed)) }),
  checkNew(present, { target }, side) {
    if (at(present, target) < 0) return;
    throw alreadyThere(side, `target ${target} already exists.`, `target ${target} already exists`);
  },
  find: (present, { target }, side) => found(at(present, target), target, side),
  /** Another medium, or the same one with other rights. */
  change: (present, wanted, side) => ({ ...wanted, alias: changedAlias(present, wanted, side) }),
  live: liveDisks,
};

function found(index: number, target: string, side: Side): number {
  if (index >= 0) return index;
  throw notFound(side, `no target device ${target}`, `disk ${target} not found`);
}
