import { basename } from 'node:path';
import type { CapabilityType } from '../../xml/node-device/definition.ts';
import { kindOf } from './device-kind.ts';
import type { HostTree } from './host-tree.ts';
import { isStorage } from './storage-kind.ts';
import { parseProperties, readUdevData, udevId } from './udev-data.ts';

/** A device as it is kept: who it is and where; what else is to be said of it is looked up when somebody asks. */
export interface HostDevice {
  /** libvirt's name: "pci_0000_00_02_0". It stays as long as the device does. */
  readonly name: string;
  /** "/sys/devices/…"; null for the host itself. */
  readonly path: string | null;
  readonly sysname: string;
  readonly capability: CapabilityType;
  /** Its entry in udev's data base. */
  readonly udevId: string;
  readonly devnode: string | null;
}

/** Everything else hangs below the host. */
export const COMPUTER = 'computer';

export const computer: HostDevice = {
  name: COMPUTER,
  path: null,
  sysname: '',
  capability: 'system',
  udevId: '',
  devnode: null,
};

/** The device at a path of sysfs; null when there is none, or none that libvirt knows. */
export function readHostDevice(tree: HostTree, path: string): HostDevice | null {
  const subsystem = tree.linkName(`${path}/subsystem`);
  const text = tree.text(`${path}/uevent`) ?? '';
  if (subsystem === null) return null;
  const uevent = parseProperties(text, '\n');
  const capability = kindOf(subsystem, uevent.get('DEVTYPE') ?? null);
  if (capability === null) return null;
  const sysname = basename(path).replaceAll('!', '/');
  const node = uevent.get('DEVNAME');
  const device = {
    path,
    sysname,
    capability,
    udevId: udevId(subsystem, sysname, uevent),
    devnode: node === undefined ? null : `/dev/${node}`,
  };
  if (capability === 'storage' && !isStorage(tree, device)) return null;
  return { name: nameOf(tree, subsystem, device), ...device };
}

/** libvirt's names: the subsystem, the kernel's name and what makes that unique, with "_" for all but letters and digits. */
function nameOf(tree: HostTree, subsystem: string, device: Omit<HostDevice, 'name'>): string {
  if (device.capability === 'ap_matrix') return 'ap_matrix';
  const suffix = suffixes[device.capability]?.(tree, device) ?? null;
  const parts = [subsystem, device.sysname, ...(suffix === null ? [] : [suffix])];
  return parts.map(part => part.replace(/[^A-Za-z0-9]/g, '_')).join('_');
}

type Suffix = (tree: HostTree, device: Omit<HostDevice, 'name'>) => string | null;

const suffixes: Partial<Record<CapabilityType, Suffix>> = {
  net: (tree, { path }) => tree.text(`${path}/address`),
  storage: (tree, { udevId }) => readUdevData(tree, udevId).properties.get('ID_SERIAL') ?? null,
  mdev: (_tree, { path }) => parentName(path),
};

const parentName = (path: string | null): string | null => path?.split('/').at(-2) ?? null;
