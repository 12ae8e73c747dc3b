import type { DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { errors } from '../../contract/error.ts';
import type { DiskDevice } from '../../xml/domain/definition.ts';
import { diskImage } from '../images/image.ts';
import { diskAccess, diskPath, isDrive } from '../plan/devices.ts';
import type { LiveChange, LiveDevices } from './device-kind.ts';
import { hideImage, showImage } from './live-image.ts';
import { cgroupCall } from '../tuning/cgroup-call.ts';
import { releaseDevice, throttleDevice } from '../tuning/disk-throttles.ts';
import { placedDisk } from '../volumes/placed-volumes.ts';
import { giveNode, liveSource, takeNode } from './nodes.ts';

/** Disks of running containers: nodes in their /dev, of a device of the host or of one that shows an image. */
export const liveDisks: LiveDevices<DiskDevice> = {
  async attach(change, wanted) {
    const disk = await placedDisk(change.context.volumes, wanted);
    await insert(change, disk);
    return disk;
  },

  detach: eject,

  /** With what the container has open of the old medium it can go on. */
  async update(change, present, changed) {
    const wanted = await placedDisk(change.context.volumes, changed);
    if (isSameMedium(present, wanted)) return wanted;
    await eject(change, present);
    try {
      await insert(change, wanted);
    } catch (failure) {
      await insert(change, present).catch((error: unknown) =>
        change.context.log.error({ domain: change.domain.name, error }, 'A disk has lost its medium'),
      );
      throw failure;
    }
    return wanted;
  },
};

async function insert(change: LiveChange, disk: DiskDevice): Promise<void> {
  const { source, alias } = disk;
  if (source === null && isDrive(disk)) return;
  if (source === null || alias === null || (disk.type !== 'block' && disk.type !== 'file'))
    throw errors.configUnsupported("Can't setup disk for non-block device");
  const path = diskPath(disk);
  const image = disk.type === 'file' ? diskImage(disk, source) : null;
  const device: DeviceNumbers =
    image === null ? liveSource(source, 'block', 'Disk source') : await showImage(change, image);
  const { major, minor } = device;
  try {
    await cgroupCall(() => throttleDevice(change.process.cgroup, change.domain.definition, disk, device));
    await giveNode(change, alias, path, { kind: 'block', major, minor, access: diskAccess(disk) });
  } catch (error) {
    if (image !== null) await hideImage(change, device);
    throw error;
  }
}

/** Nothing for a drive without a medium. */
async function eject(change: LiveChange, disk: DiskDevice): Promise<void> {
  const device = change.process.devices.get(disk.alias);
  if (device === null || disk.alias === null) return;
  await takeNode(change, disk.alias, diskPath(disk));
  releaseDevice(change.process.cgroup, change.domain.definition, disk, device);
  if (disk.type === 'file') await hideImage(change, device);
}

const isSameMedium = (present: DiskDevice, wanted: DiskDevice): boolean => medium(present) === medium(wanted);

const medium = ({ type, source, readonly, driverName, driverType, cache }: DiskDevice): string =>
  JSON.stringify([type, source, readonly, driverName, driverType, cache]);
