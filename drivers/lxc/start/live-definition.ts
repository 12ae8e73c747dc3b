import type { DomainDefinition, FilesystemDevice } from '../../xml/domain/definition.ts';
import { withAliases } from '../devices/aliases.ts';
import { guestName } from '../plan/links.ts';
import { rootFilesystem } from '../plan/filesystems.ts';
import { startingHostDevices } from '../plan/usb-devices.ts';

/** A container without a root filesystem of its own sees the host's. */
const hostRoot: FilesystemDevice = {
  type: 'mount',
  accessmode: 'passthrough',
  driverType: null,
  driverFormat: null,
  wrpolicy: null,
  source: '/',
  usage: null,
  volume: null,
  target: '/',
  readonly: false,
  attributes: {},
  driverAttributes: {},
  spaceHardLimit: null,
  spaceSoftLimit: null,
  alias: null,
  foreign: [],
};

/** What a domain runs with: its definition, with what was left to the driver decided. */
export function startingDefinition(definition: DomainDefinition): DomainDefinition {
  const { devices, partition } = definition;
  const filesystems =
    rootFilesystem(devices.filesystems) === null ? [hostRoot, ...devices.filesystems] : devices.filesystems;
  const hostdevs = startingHostDevices(devices.hostdevs);
  const chosen = { ...devices, filesystems, hostdevs };
  return withAliases({ ...definition, partition: partition ?? '/machine', devices: chosen });
}

/** The same once the container is there: which terminals and interfaces of the host are its. */
export function runningDefinition(
  definition: DomainDefinition,
  terminals: readonly string[],
  hostInterfaces: readonly (string | null)[],
): DomainDefinition {
  const { devices } = definition;
  const consoles = devices.consoles.map((console, at) => ({ ...console, tty: terminals[at] ?? null }));
  const interfaces = devices.interfaces.map((device, at) => ({
    ...device,
    targetDev: hostInterfaces[at] ?? device.targetDev,
    guestDev: guestName(device, at),
  }));
  return { ...definition, devices: { ...devices, consoles, interfaces } };
}
