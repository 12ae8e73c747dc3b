import { readFile, stat } from 'node:fs/promises';
import { deviceNumbers, type DeviceNumbers } from '../../../../native/cgroup/device-numbers.ts';
import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import type { FilesystemDevice } from '../../../xml/domain/definition.ts';

/** A block device that a definition gives to its container. */
export interface OwnDevice {
  readonly numbers: DeviceNumbers;
  /** The target of the disk that it is; null for one that carries a file system of the definition. */
  readonly disk: string | null;
}

export const deviceKey = ({ major, minor }: DeviceNumbers): string => `${major}:${minor}`;

/** The block devices of a running domain: images by the devices that show them. What is not there (any more) is left out. */
export async function ownDevices(context: LxcContext, domain: LxcDomain): Promise<OwnDevice[]> {
  const table = context.processes.of(domain)?.devices;
  if (table === undefined) return [];
  const { disks, filesystems } = domain.definition.devices;
  const onDisks = disks.flatMap(({ alias, target }) => {
    const numbers = table.get(alias);
    return numbers?.kind === 'block' ? [{ numbers, disk: target }] : [];
  });
  const others = [...table.all()].filter(({ kind }) => kind === 'block').map(numbers => ({ numbers, disk: null }));
  const below = await Promise.all(filesystems.map(filesystem => deviceBelow(context, domain.name, filesystem)));
  const all = [...onDisks, ...others, ...below.flatMap(numbers => (numbers === null ? [] : [{ numbers, disk: null }]))];
  // The first that names a device knows most of it.
  return [...new Map(all.toReversed().map(device => [deviceKey(device.numbers), device])).values()];
}

/** The device that a file system is mounted from; null for one that is not, and for those that loop devices show. */
async function deviceBelow(
  { images }: LxcContext,
  name: string,
  { type, source }: FilesystemDevice,
): Promise<DeviceNumbers | null> {
  if (source === null || (type !== 'block' && type !== 'file')) return null;
  const path = type === 'block' ? source : images.deviceOf(name, source);
  if (path === null) return null;
  try {
    const facts = await stat(path, { bigint: true });
    return facts.isBlockDevice() ? deviceNumbers(facts.rdev) : null;
  } catch {
    return null;
  }
}

/** What a block device is called on the host, by the kernel's own word. Rejects when there is none. */
export async function devicePath(numbers: DeviceNumbers): Promise<string> {
  const facts = await readFile(`/sys/dev/block/${deviceKey(numbers)}/uevent`, 'latin1');
  const name = /^DEVNAME=([\w!/-]+)$/m.exec(facts)?.[1];
  if (name === undefined) throw new Error(`block device ${deviceKey(numbers)} has no name`);
  return `/dev/${name}`;
}
