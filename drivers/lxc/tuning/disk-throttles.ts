import { statSync } from 'node:fs';
import type { BlkioDeviceLimit, Cgroup } from '../../../native/cgroup/cgroup.ts';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { errors } from '../../contract/error.ts';
import type { BlkioDevice, DiskDevice, DomainDefinition } from '../../xml/domain/definition.ts';
import { ioTuneOf, type IoTune } from '../../xml/domain/iotune.ts';
import { deviceBehind, wholeDisk, type AttachedTo } from '../statistics/block-device.ts';

/** The kernel's largest number of requests a second. */
const MOST_REQUESTS = 0xffff_ffffn;

const requests = (rate: bigint): number => Number(rate > MOST_REQUESTS ? MOST_REQUESTS : rate);

/** The lower of two rates; 0 is none. */
const lower = (one: bigint, other: bigint): bigint => (one === 0n ? other : other === 0n || one < other ? one : other);

/**
 * What the kernel is to hold a disk's device to: what the disk's `<iotune>` says, within what `<blkiotune>` says of the
 * device. The kernel counts reads and writes apart, so a total is the limit of either. 0 takes a limit away.
 */
export function diskThrottle(
  { major, minor }: DeviceNumbers,
  tune: IoTune,
  beside: BlkioDevice | undefined,
): BlkioDeviceLimit {
  return {
    path: '',
    major,
    minor,
    weight: null,
    readBytesSec: lower(lower(tune.read_bytes_sec, tune.total_bytes_sec), beside?.readBytesSec ?? 0n),
    writeBytesSec: lower(lower(tune.write_bytes_sec, tune.total_bytes_sec), beside?.writeBytesSec ?? 0n),
    readIopsSec: requests(lower(lower(tune.read_iops_sec, tune.total_iops_sec), BigInt(beside?.readIopsSec ?? 0))),
    writeIopsSec: requests(lower(lower(tune.write_iops_sec, tune.total_iops_sec), BigInt(beside?.writeIopsSec ?? 0))),
  };
}

/** Holds a disk of a container to its rates, whose image is attached by now. Throws operationUnsupported where no device is behind it. */
export function throttleDisk(
  cgroup: Cgroup,
  { blkiotune }: DomainDefinition,
  disk: DiskDevice,
  attachedTo: AttachedTo,
): void {
  const behind = deviceBehind(disk, attachedTo);
  if (behind === null) throw errors.operationUnsupported(`no block device is behind '${disk.target}'`);
  const numbers = wholeDisk(behind);
  const beside = blkiotune.devices.find(({ path }) => isDevice(path, numbers));
  cgroup.setBlkioDevice(diskThrottle(numbers, ioTuneOf(disk), beside));
}

/** Holds every disk to its rates that has any: for a container that starts. */
export function throttleDisks(cgroup: Cgroup, definition: DomainDefinition, attachedTo: AttachedTo): void {
  for (const disk of definition.devices.disks)
    if (Object.values(ioTuneOf(disk)).some(rate => rate !== 0n)) throttleDisk(cgroup, definition, disk, attachedTo);
}

function isDevice(path: string, { major, minor }: DeviceNumbers): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats?.isBlockDevice() !== true) return false;
  const numbers = deviceNumbers(stats.rdev);
  return numbers.major === major && numbers.minor === minor;
}
