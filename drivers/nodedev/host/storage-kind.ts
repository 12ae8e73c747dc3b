import type { HostTree } from './host-tree.ts';
import { readUdevData } from './udev-data.ts';

interface BlockDevice {
  readonly path: string | null;
  readonly sysname: string;
  readonly udevId: string;
}

/** SCSI's types of devices that hold blocks. */
const scsiDriveTypes: Readonly<Record<string, string>> = { '0': 'disk', '5': 'cdrom', '7': 'disk', '14': 'disk' };

/** What the names of drivers say where no udev looks at the drive. */
const driveNames: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^(vd|xvd|nvme\d+n|pmem)/, 'disk'],
  [/^mmcblk\d+$/, 'sd'],
  [/^dasd/, 'dasd'],
  [/^sr\d/, 'cdrom'],
  [/^fd\d/, 'floppy'],
];

/**
 * "disk", "cdrom", "floppy", "sd" or another type that udev gives a drive; null for a block device that is none. A loop device
 * is one while a file is attached to it.
 */
export function driveType(tree: HostTree, { path, sysname, udevId }: BlockDevice): string | null {
  const { properties } = readUdevData(tree, udevId);
  for (const [property, type] of typeProperties) if (properties.get(property) === '1') return type;
  const told = properties.get('ID_TYPE');
  if (told !== undefined) return told === 'cd' ? 'cdrom' : told;
  const scsi = scsiDriveTypes[tree.text(`${path}/device/type`) ?? ''];
  if (sysname.startsWith('sd') && scsi !== undefined) return scsi;
  if (sysname.startsWith('loop')) return tree.exists(`${path}/loop`) ? 'disk' : null;
  return driveNames.find(([pattern]) => pattern.test(sysname))?.[1] ?? null;
}

const typeProperties = [
  ['ID_CDROM', 'cdrom'],
  ['ID_DRIVE_FLOPPY', 'floppy'],
  ['ID_DRIVE_FLASH_SD', 'sd'],
  ['ID_DRIVE_MEDIA_FLASH_SD', 'sd'],
] as const;

export const isStorage = (tree: HostTree, device: BlockDevice): boolean => driveType(tree, device) !== null;
