import type { NodeDeviceEventLifecycleType } from './constants.ts';
import type { DriverLife } from './driver-life.ts';
import type { EventSource } from './events.ts';

/** What identifies a device to clients. */
export interface NodeDeviceRef {
  /** "pci_0000_00_02_0" */
  readonly name: string;
}

/** What happened to a device. */
export type NodeDeviceEvent =
  | { readonly kind: 'lifecycle'; readonly device: NodeDeviceRef; readonly event: NodeDeviceEventLifecycleType }
  | { readonly kind: 'update'; readonly device: NodeDeviceRef };

/**
 * The devices of the host: what sysfs and udev tell of them, and mediated devices that are defined but do not exist yet. Nothing
 * is looked at before the first call; from then on every answer has what the kernel has told by the time of the call. A device
 * is found by its name alone; calls with a name throw noNodeDevice when there is none. Errors are of the domain NODEDEV.
 */
export interface NodeDeviceDriver extends DriverLife, NodeDeviceCalls {
  readonly nodeDeviceEvents: EventSource<NodeDeviceEvent>;
}

export interface NodeDeviceCalls extends NodeDeviceQueries, NodeDeviceChanges, PciAssignment {
  /**
   * Somebody wants to hear of events: until the returned function is called they come by themselves, within some tenth of a
   * second. Otherwise they are emitted when the next call finds out.
   */
  watchNodeDevices(): Promise<() => void>;
}

export interface NodeDeviceQueries {
  /** `capability` is libvirt's name of one ("pci", "fc_host"), null for all devices; one that there is not fits none. */
  nodeNumOfDevices(capability: string | null, flags: number): Promise<number>;
  nodeListDevices(capability: string | null, flags: number): Promise<string[]>;
  /** `flags`: ConnectListAllNodeDeviceFlags. */
  connectListAllNodeDevices(flags: number): Promise<NodeDeviceRef[]>;
  nodeDeviceLookupByName(name: string): Promise<NodeDeviceRef>;
  /** A Fibre Channel adapter by its node's and port's world wide names (16 hexadecimal digits). */
  nodeDeviceLookupScsiHostByWwn(wwnn: string, wwpn: string, flags: number): Promise<NodeDeviceRef>;

  nodeDeviceGetXmlDesc(name: string, flags: number): Promise<string>;
  /** Null for the host itself. */
  nodeDeviceGetParent(name: string): Promise<string | null>;
  nodeDeviceListCaps(name: string): Promise<string[]>;
  nodeDeviceIsActive(name: string): Promise<boolean>;
  nodeDeviceIsPersistent(name: string): Promise<boolean>;
  nodeDeviceGetAutostart(name: string): Promise<boolean>;
}

/** Devices that are made: mediated ones (by mdevctl), and virtual Fibre Channel adapters. Others throw configUnsupported. */
export interface NodeDeviceChanges {
  /** Makes a device that ends with the host; on return it is there. */
  nodeDeviceCreateXml(xml: string, flags: number): Promise<NodeDeviceRef>;
  nodeDeviceDestroy(name: string): Promise<void>;
  /** Writes down a mediated device, without making it. */
  nodeDeviceDefineXml(xml: string, flags: number): Promise<NodeDeviceRef>;
  nodeDeviceUndefine(name: string, flags: number): Promise<void>;
  /** Makes a device that is defined. */
  nodeDeviceCreate(name: string, flags: number): Promise<void>;
  /** Whether a mediated device is made when its parent appears. */
  nodeDeviceSetAutostart(name: string, autostart: boolean): Promise<void>;
}

/** Taking PCI devices from the host's drivers, and giving them back. Others throw invalidArg. */
export interface PciAssignment {
  /** `driverName`: null and "vfio" are vfio-pci. The device keeps that driver when it is plugged again. */
  nodeDeviceDetach(name: string, driverName: string | null, flags: number): Promise<void>;
  /** The host's own driver takes it, if it has one. */
  nodeDeviceReAttach(name: string): Promise<void>;
  /** Throws operationInvalid for one that a driver of the host has. */
  nodeDeviceReset(name: string): Promise<void>;
}
