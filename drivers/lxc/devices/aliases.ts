import type { DiskDevice, DomainDefinition, DomainDevices } from '../../xml/domain/definition.ts';
import { diskNumber } from '../../xml/domain/disk.ts';
import { attributeOf } from '../../xml/tree.ts';
import type { AliasedDevice, Side } from './device-kind.ts';

/** What is counted up for devices of a kind that have no name of their own. */
const prefixes = { filesystems: 'fs', interfaces: 'net', hostdevs: 'hostdev' } as const;

/**
 * A running domain's devices with names, by which clients tell them apart: those that users gave, and for the rest what
 * libvirt's QEMU driver calls them ("net0", "virtio-disk0", "scsi0-0-0-1").
 */
export function withAliases(definition: DomainDefinition): DomainDefinition {
  const { devices } = definition;
  const taken = new Set(namedDevices(devices).flatMap(({ alias }) => (alias === null ? [] : [alias])));
  const count = <D extends AliasedDevice>(list: readonly D[], prefix: string): D[] =>
    list.map(device => named(device, free(taken, prefix)));
  return {
    ...definition,
    devices: {
      ...devices,
      disks: devices.disks.map(disk => named(disk, diskAlias(disk, taken))),
      filesystems: count(devices.filesystems, prefixes.filesystems),
      interfaces: count(devices.interfaces, prefixes.interfaces),
      hostdevs: count(devices.hostdevs, prefixes.hostdevs),
      consoles: count(devices.consoles, 'console'),
    },
  };
}

/** Every device that can be called by its name. */
export const namedDevices = (devices: DomainDevices): AliasedDevice[] => [
  ...devices.disks,
  ...devices.filesystems,
  ...devices.interfaces,
  ...devices.hostdevs,
  ...devices.consoles,
];

/** `choose` is asked, and so a name taken, only for a device without one. */
const named = <D extends AliasedDevice>(device: D, choose: () => string): D =>
  device.alias === null ? { ...device, alias: choose() } : device;

const free =
  (taken: Set<string>, prefix: string, first = 0) =>
  (): string => {
    let number = first;
    while (taken.has(`${prefix}${number}`)) number++;
    taken.add(`${prefix}${number}`);
    return `${prefix}${number}`;
  };

/** Disks are called after their address on a bus of drives, and after their target on others. */
function diskAlias(disk: DiskDevice, taken: Set<string>): () => string {
  const address = disk.foreign.find(element => element.name === 'address');
  const place = address === undefined ? null : driveAlias(disk.bus, name => attributeOf(address, name) ?? '0');
  if (place === null || taken.has(place)) return free(taken, `${disk.bus}-disk`, diskNumber(disk.target));
  return () => {
    taken.add(place);
    return place;
  };
}

function driveAlias(bus: string, part: (name: string) => string): string | null {
  const place = [part('controller'), part('bus')];
  if (bus === 'scsi') return `scsi${[...place, part('target'), part('unit')].join('-')}`;
  return ['ide', 'sata', 'fdc'].includes(bus) ? `${bus}${[...place, part('unit')].join('-')}` : null;
}

/** What a device that is changed is called: a running one as before, one that is defined as its user wishes. */
export const changedAlias = (present: AliasedDevice, wanted: AliasedDevice, side: Side): string | null =>
  side === 'live' ? present.alias : (wanted.alias ?? present.alias);
