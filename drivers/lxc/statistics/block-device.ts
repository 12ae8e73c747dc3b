import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { errors } from '../../contract/error.ts';
import type { DiskDevice, DomainDefinition, FilesystemDevice } from '../../xml/domain/definition.ts';

export type BlockSource = DiskDevice | FilesystemDevice;

/** The block device that an image is attached to, or null. */
export type AttachedTo = (file: string) => string | null;

/**
 * The disk behind a disk or file system of a domain, which is named by its target, its source or its alias. Throws invalidArg for a
 * name that is neither, operationUnsupported where no block device is behind it (a tmpfs, an overlay).
 */
export function blockDeviceOf(definition: DomainDefinition, path: string, attachedTo: AttachedTo): DeviceNumbers {
  const { disks, filesystems } = definition.devices;
  const named = ({ target, source, alias }: BlockSource): boolean => [target, source, alias].includes(path);
  const device = disks.find(named) ?? filesystems.find(named);
  if (device === undefined) throw errors.invalidArg(`invalid path: ${path}`);
  const numbers = deviceBehind(device, attachedTo);
  if (numbers === null) throw errors.operationUnsupported(`no block device is behind '${path}'`);
  return wholeDisk(numbers);
}

/** The block device of a disk or file system, or the one that a directory lies on. */
export function deviceBehind({ type, source }: BlockSource, attachedTo: AttachedTo): DeviceNumbers | null {
  const path = type === 'file' && source !== null ? attachedTo(source) : source;
  const stats = path === null ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isBlockDevice()) return deviceNumbers(stats.rdev);
  const numbers = deviceNumbers(stats.dev);
  // major 0 is a file system without a device
  return numbers.major === 0 ? null : numbers;
}

/** The loop devices of the host that have a file, as they are when this is made. */
export class LoopDevices {
  readonly #byFile = new Map<string, string>();

  constructor() {
    for (const name of readdirSync('/sys/block').filter(name => name.startsWith('loop'))) {
      const file = tryTo(() => readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trimEnd());
      if (file !== null) this.#byFile.set(file, `/dev/${name}`);
    }
  }

  /** The device of a file. */
  of(file: string): string | null {
    return this.#byFile.get(file) ?? this.#byFile.get(tryTo(() => realpathSync(file)) ?? file) ?? null;
  }
}

/** The kernel counts the I/O of a disk, not of its partitions. */
export function wholeDisk(numbers: DeviceNumbers): DeviceNumbers {
  const directory = sysfs(numbers);
  const partition = statSync(`${directory}/partition`, { throwIfNoEntry: false }) !== undefined;
  return (partition ? tryTo(() => readNumbers(`${realpathSync(directory)}/../dev`)) : null) ?? numbers;
}

/** Bytes, whatever the device's own sectors are; null for one that has gone. */
export const deviceSize = (numbers: DeviceNumbers): bigint | null =>
  tryTo(() => BigInt(readFileSync(`${sysfs(numbers)}/size`, 'utf8').trim()) * 512n);

const sysfs = ({ major, minor }: DeviceNumbers): string => `/sys/dev/block/${major}:${minor}`;

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
