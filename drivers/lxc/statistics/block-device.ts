import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { errors } from '../../contract/error.ts';
import type { DiskDevice, DomainDefinition, FilesystemDevice } from '../../xml/domain/definition.ts';

/** The device of an image that is attached to one otherwise than by the loop driver, or null. */
export type AttachedTo = (file: string) => string | null;

/**
 * The block device behind a disk or file system of a domain, which is named by its target or its source. Throws
 * invalidArg for a name that is neither, operationUnsupported where no block device is behind it (a tmpfs, an overlay).
 */
export function blockDeviceOf(
  definition: DomainDefinition,
  path: string,
  attachedTo: AttachedTo = () => null,
): DeviceNumbers {
  const { disks, filesystems } = definition.devices;
  const named = ({ target, source }: DiskDevice | FilesystemDevice): boolean => target === path || source === path;
  const device = disks.find(named) ?? filesystems.find(named);
  if (device === undefined) throw errors.invalidArg(`invalid path: ${path}`);
  const numbers = behind(device, attachedTo);
  if (numbers === null) throw errors.operationUnsupported(`no block device is behind '${path}'`);
  return wholeDisk(numbers);
}

function behind({ type, source }: DiskDevice | FilesystemDevice, attachedTo: AttachedTo): DeviceNumbers | null {
  if (source === null) return null;
  const path = type === 'file' ? attachedTo(source) : source;
  if (path === null) return loopDevice(source);
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isBlockDevice()) return deviceNumbers(stats.rdev);
  const numbers = deviceNumbers(stats.dev);
  // major 0 is a file system without a device
  return numbers.major === 0 ? null : numbers;
}

/** The loop device that the file was attached to for the container. */
function loopDevice(file: string): DeviceNumbers | null {
  const real = tryTo(() => realpathSync(file)) ?? file;
  for (const name of readdirSync('/sys/block').filter(name => name.startsWith('loop'))) {
    const backing = tryTo(() => readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trimEnd());
    if (backing === real) return readNumbers(`/sys/block/${name}/dev`);
  }
  return null;
}

/** The kernel counts the I/O of a disk, not of its partitions. */
function wholeDisk(numbers: DeviceNumbers): DeviceNumbers {
  const directory = `/sys/dev/block/${numbers.major}:${numbers.minor}`;
  const partition = statSync(`${directory}/partition`, { throwIfNoEntry: false }) !== undefined;
  return (partition ? tryTo(() => readNumbers(`${realpathSync(directory)}/../dev`)) : null) ?? numbers;
}

function readNumbers(file: string): DeviceNumbers {
  const [major = 0, minor = 0] = readFileSync(file, 'utf8').trim().split(':').map(Number);
  return { major, minor };
}

/** Null for what is gone by now. */
function tryTo<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}
