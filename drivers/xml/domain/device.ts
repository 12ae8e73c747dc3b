import { ErrorDomain } from '../../contract/constants.ts';
import { draft, inactiveMode, type Mode, type Part } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { attributeOf, childrenOf, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import { consoleDevice } from './console.ts';
import type {
  ConsoleDevice,
  DiskDevice,
  FilesystemDevice,
  Foreign,
  HostDevice,
  InterfaceDevice,
} from './definition.ts';
import { shapedDevice } from './devices.ts';
import { disk } from './disk.ts';
import { unsupported } from './errors.ts';
import { filesystem } from './filesystem.ts';
import { hostDevice } from './hostdev.ts';
import { networkInterface } from './interface.ts';

/** One device of attach, detach and update. */
export type Device =
  | { readonly kind: 'disk'; readonly device: DiskDevice }
  | { readonly kind: 'filesystem'; readonly device: FilesystemDevice }
  /** A hardware address that the document does not give is made up. */
  | { readonly kind: 'interface'; readonly device: InterfaceDevice; readonly macGiven: boolean }
  | { readonly kind: 'hostdev'; readonly device: HostDevice }
  | { readonly kind: 'console'; readonly device: ConsoleDevice }
  /** One that containers do not have; its element's name says which. */
  | { readonly kind: 'foreign'; readonly device: Foreign };

/**
 * The device that a document describes; `live` is one of a running domain, with the names that it has there. Throws
 * configUnsupported for an element that is none.
 */
export async function parseDevice(xml: string, live = false): Promise<Device> {
  const root = await readXml(xml, { what: 'device_definition', domain: ErrorDomain.DOMAIN, root: null });
  return deviceFrom(root, { ...inactiveMode, live });
}

function deviceFrom(root: XmlElement, mode: Mode): Device {
  switch (root.name) {
    case 'disk':
      return { kind: 'disk', device: disk.read(root, mode) };
    case 'filesystem':
      return { kind: 'filesystem', device: filesystem.read(root, mode) };
    case 'interface':
      return {
        kind: 'interface',
        device: networkInterface.read(root, mode),
        macGiven: childrenOf(root, 'mac').some(mac => attributeOf(mac, 'address') !== null),
      };
    case 'hostdev':
      return { kind: 'hostdev', device: hostDevice.read(root, mode) };
    case 'console':
      return { kind: 'console', device: consoleDevice.read(root, mode) };
    default:
      return { kind: 'foreign', device: foreignDevice(root) };
  }
}

function foreignDevice(root: XmlElement): Foreign {
  const shaped = shapedDevice(root);
  if (shaped === null) throw unsupported(`unknown device type '${root.name}'`);
  return shaped;
}

/** A device's element by itself, as a domain's document would show it. */
export function formatDevice(device: Device, live = false): string {
  return formatXml(deviceElement(device, live));
}

function deviceElement(device: Device, live: boolean): XmlElement {
  const mode = { ...inactiveMode, live };
  const written = <T>(name: string, part: Part<T>, value: T): XmlElement => {
    const element = draft(name);
    part.write(value, element, mode);
    return element;
  };
  switch (device.kind) {
    case 'disk':
      return written('disk', disk, device.device);
    case 'filesystem':
      return written('filesystem', filesystem, device.device);
    case 'interface':
      return written('interface', networkInterface, device.device);
    case 'hostdev':
      return written('hostdev', hostDevice, device.device);
    case 'console':
      return written('console', consoleDevice, device.device);
    case 'foreign':
    default:
      return device.device;
  }
}
