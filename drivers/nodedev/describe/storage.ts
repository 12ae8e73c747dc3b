import type { StorageCapability, StorageSize } from '../../xml/node-device/definition.ts';
import type { HostTree } from '../host/host-tree.ts';
import { driveType } from '../host/storage-kind.ts';
import type { UdevData } from '../host/udev-data.ts';
import type { Describe } from './facts.ts';

/** sysfs counts in these, whatever the drive's own blocks are. */
const SECTOR = 512n;

/** Drives whose media come and go. */
const removableTypes = new Set(['cdrom', 'floppy', 'sd']);

export const describeStorage: Describe<StorageCapability> = ({ tree }, device, udev) => {
  const { path, devnode } = device;
  const type = driveType(tree, device);
  if (type === null || devnode === null) return null;
  const removable = removableTypes.has(type);
  return {
    type: 'storage',
    block: devnode,
    bus: udev.properties.get('ID_BUS') ?? null,
    driveType: type,
    model: tree.text(`${path}/device/model`),
    vendor: tree.text(`${path}/device/vendor`),
    serial: udev.properties.get('ID_SERIAL') ?? null,
    size: removable ? null : sizeOf(tree, path),
    removable: removable ? mediaOf(tree, path, type, udev) : null,
  };
};

function sizeOf(tree: HostTree, path: string): StorageSize {
  const bytes = BigInt(tree.number(`${path}/size`) ?? 0) * SECTOR;
  const blockSize = BigInt(tree.number(`${path}/queue/logical_block_size`) ?? 0);
  return { bytes, blockSize, blocks: blockSize === 0n ? 0n : bytes / blockSize };
}

/** The kernel's size of a CD drive without a medium. */
const NO_MEDIUM = 0x1fffffn * SECTOR;

/** Without udev a drive has a medium if that has a size. */
function mediaOf(tree: HostTree, path: string, type: string, { properties }: UdevData): StorageCapability['removable'] {
  const size = sizeOf(tree, path);
  const looked = properties.size > 0 && type === 'cdrom';
  const available = looked ? properties.get('ID_CDROM_MEDIA') === '1' : size.bytes > 0n && size.bytes !== NO_MEDIUM;
  return { available, label: properties.get('ID_FS_LABEL') ?? null, size: available ? size : null };
}
