import { statSync } from 'node:fs';
import type { BlkioDeviceLimit, Cgroup } from '../../../native/cgroup/cgroup.ts';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { ignoring } from '../../../native/cgroup/file.ts';
import { errors } from '../../contract/error.ts';
import type { BlkioDevice, DiskDevice, DomainDefinition } from '../../xml/domain/definition.ts';
import { ioTuneOf, noIoTune, type IoTune } from '../../xml/domain/iotune.ts';
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

/** Holds the device of a disk that comes to the disk's rates, if it has any. */
export function throttleDevice(
  cgroup: Cgroup,
  { blkiotune }: DomainDefinition,
  disk: DiskDevice,
  device: DeviceNumbers,
): void {
  if (hasRates(disk)) setThrottle(cgroup, blkiotune.devices, ioTuneOf(disk), device);
}

/** The device of a disk that goes is not held to the disk's rates any longer; it may be gone already. */
export function releaseDevice(
  cgroup: Cgroup,
  { blkiotune }: DomainDefinition,
  disk: DiskDevice,
  device: DeviceNumbers,
): void {
  if (hasRates(disk)) ignoring(['ENODEV', 'ENXIO'], () => setThrottle(cgroup, blkiotune.devices, noIoTune, device));
}

/** Sets a disk's rates, also to none, while its image is attached. Throws operationUnsupported where no device is behind it. */
export function throttleDisk(
  cgroup: Cgroup,
  { blkiotune }: DomainDefinition,
  disk: DiskDevice,
  attachedTo: AttachedTo,
): void {
  const device = deviceBehind(disk, attachedTo);
  if (device === null) throw errors.operationUnsupported(`no block device is behind '${disk.target}'`);
  setThrottle(cgroup, blkiotune.devices, ioTuneOf(disk), device);
}

/** Holds every disk to its rates that has any: for a container that starts. */
export function throttleDisks(cgroup: Cgroup, definition: DomainDefinition, attachedTo: AttachedTo): void {
  for (const disk of definition.devices.disks) if (hasRates(disk)) throttleDisk(cgroup, definition, disk, attachedTo);
}

const hasRates = (disk: DiskDevice): boolean => Object.values(ioTuneOf(disk)).some(rate => rate !== 0n);

function setThrottle(cgroup: Cgroup, devices: readonly BlkioDevice[], tune: IoTune, device: DeviceNumbers): void {
  const disk = wholeDisk(device);
  const beside = devices.find(({ path }) => isDevice(path, disk));
  cgroup.setBlkioDevice(diskThrottle(disk, tune, beside));
}

function isDevice(path: string, { major, minor }: DeviceNumbers): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats?.isBlockDevice() !== true) return false;
  const numbers = deviceNumbers(stats.rdev);
  return numbers.major === major && numbers.minor === minor;
}
