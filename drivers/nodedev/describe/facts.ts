import type { Capability } from '../../xml/node-device/definition.ts';
import type { HostDevice } from '../host/host-device.ts';
import type { HostTree } from '../host/host-tree.ts';
import type { IdList } from '../host/id-names.ts';
import type { UdevData } from '../host/udev-data.ts';

/** What the descriptions of devices are made from. */
export interface HostFacts {
  readonly tree: HostTree;
  readonly pciNames: IdList;
  readonly usbNames: IdList;
  /** The host's UUID, with hyphens. */
  readonly hostUuid: string;
  /** Names of the offloads that a link has on; null when it does not tell. */
  linkFeatures(name: string): ReadonlySet<string> | null;
}

/** A device that lies in sysfs. */
export type PlacedDevice = HostDevice & { readonly path: string };

/** Says what a device is. Null when it has gone, or cannot be read. */
export type Describe<T extends Capability> = (
  facts: HostFacts,
  device: PlacedDevice,
  udev: UdevData,
) => T | null | Promise<T | null>;
