/** What a node device's document says. Fields are null where the device has no such thing. */
export interface NodeDeviceDefinition {
  /** Empty in a document of a device that is to be made. */
  readonly name: string;
  readonly path: string | null;
  readonly devnode: string | null;
  readonly devlinks: readonly string[];
  readonly parent: ParentReference | null;
  readonly driver: string | null;
  readonly capability: Capability;
}

/** A parent by its name or, for a virtual adapter to be made, by what it is. */
export interface ParentReference {
  readonly name: string | null;
  readonly wwnn: string | null;
  readonly wwpn: string | null;
  readonly fabricWwn: string | null;
}

/** What kinds of device there are, each with what is known of it. */
export type Capability =
  | SystemCapability
  | PciCapability
  | UsbDeviceCapability
  | UsbInterfaceCapability
  | NetCapability
  | ScsiHostCapability
  | ScsiTargetCapability
  | ScsiCapability
  | StorageCapability
  | ScsiGenericCapability
  | DrmCapability
  | MdevCapability
  | CcwCapability
  | CssCapability
  | VdpaCapability
  | ApCardCapability
  | ApQueueCapability
  | ApMatrixCapability;

export type CapabilityType = Capability['type'];

export interface SystemCapability {
  readonly type: 'system';
  readonly product: string | null;
  readonly hardware: {
    readonly vendor: string | null;
    readonly version: string | null;
    readonly serial: string | null;
    readonly uuid: string | null;
  };
  readonly firmware: {
    readonly vendor: string | null;
    readonly version: string | null;
    readonly releaseDate: string | null;
  };
}

export interface PciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** A number of a vendor or a product, and its name where the host knows it. */
export interface NamedId {
  readonly id: number;
  readonly name: string | null;
}

export interface PciCapability extends PciAddress {
  readonly type: 'pci';
  readonly class: number | null;
  readonly product: NamedId;
  readonly vendor: NamedId;
  readonly physicalFunction: PciAddress | null;
  /** Null for a device that cannot have any. */
  readonly virtualFunctions: { readonly maxCount: number; readonly addresses: readonly PciAddress[] } | null;
  readonly bridge: 'pci-bridge' | 'cardbus-bridge' | null;
  readonly mdevTypes: readonly MdevType[];
  readonly vpd: VitalProductData | null;
  readonly iommuGroup: { readonly number: number; readonly addresses: readonly PciAddress[] } | null;
  readonly numaNode: number | null;
  /** Null for a device that is not PCI Express; its links are those of a device that has one. */
  readonly express: { readonly links: readonly PciLink[] } | null;
}

/** What a link can do ("cap") and does ("sta"); GT/s, and lanes. */
export interface PciLink {
  readonly validity: 'cap' | 'sta';
  readonly port: number | null;
  readonly speed: string | null;
  readonly width: number;
}

export interface MdevType {
  readonly id: string;
  readonly name: string | null;
  readonly deviceApi: string;
  readonly availableInstances: number;
}

export interface VitalProductData {
  readonly name: string;
  readonly readOnly: VpdFields | null;
  readonly readWrite: VpdFields | null;
}

/** Fields by what libvirt calls them; those that a vendor or system numbers itself come with an index. */
export interface VpdFields {
  readonly named: readonly { readonly name: string; readonly value: string }[];
  readonly indexed: readonly { readonly name: string; readonly index: string; readonly value: string }[];
}

export interface UsbDeviceCapability {
  readonly type: 'usb_device';
  readonly bus: number;
  readonly device: number;
  readonly product: NamedId;
  readonly vendor: NamedId;
}

export interface UsbInterfaceCapability {
  readonly type: 'usb';
  readonly number: number;
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
  readonly description: string | null;
}

export interface NetCapability {
  readonly type: 'net';
  readonly interface: string;
  readonly address: string | null;
  readonly link: { readonly speed: number | null; readonly state: string } | null;
  /** libvirt's names of offloads, in its order. */
  readonly features: readonly string[];
  readonly kind: '80203' | '80211' | null;
}

export interface ScsiHostCapability {
  readonly type: 'scsi_host';
  readonly host: number | null;
  readonly uniqueId: number | null;
  readonly fibreChannel: {
    readonly wwnn: string | null;
    readonly wwpn: string | null;
    readonly fabricWwn: string | null;
  } | null;
  /** For an adapter that can have virtual ones. */
  readonly vports: { readonly max: number; readonly inUse: number } | null;
}

export interface ScsiTargetCapability {
  readonly type: 'scsi_target';
  readonly target: string;
  readonly remotePort: { readonly name: string; readonly wwpn: string | null } | null;
}

export interface ScsiCapability {
  readonly type: 'scsi';
  readonly host: number;
  readonly bus: number;
  readonly target: number;
  readonly lun: number;
  readonly kind: string | null;
}

export interface StorageCapability {
  readonly type: 'storage';
  readonly block: string;
  readonly bus: string | null;
  readonly driveType: string;
  readonly model: string | null;
  readonly vendor: string | null;
  readonly serial: string | null;
  /** Null for a drive that holds no medium of its own. */
  readonly size: StorageSize | null;
  readonly removable: RemovableMedia | null;
}

/** Bytes, and blocks of that many bytes. */
export interface StorageSize {
  readonly bytes: bigint;
  readonly blockSize: bigint;
  readonly blocks: bigint;
}

export interface RemovableMedia {
  readonly available: boolean;
  readonly label: string | null;
  readonly size: StorageSize | null;
}

export interface ScsiGenericCapability {
  readonly type: 'scsi_generic';
  readonly char: string;
}

export interface DrmCapability {
  readonly type: 'drm';
  readonly kind: string;
}

export interface MdevCapability {
  readonly type: 'mdev';
  readonly typeId: string;
  readonly uuid: string | null;
  readonly parentAddress: string | null;
  readonly iommuGroup: number | null;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

/** Where a device of IBM Z is. */
export interface ChannelAddress {
  readonly cssid: number;
  readonly ssid: number;
  readonly devno: number;
}

export interface CcwCapability extends ChannelAddress {
  readonly type: 'ccw';
}

/** A subchannel, and the device behind it. */
export interface CssCapability extends ChannelAddress {
  readonly type: 'css';
  readonly channelDevice: ChannelAddress | null;
  readonly mdevTypes: readonly MdevType[];
}

export interface VdpaCapability {
  readonly type: 'vdpa';
  readonly char: string | null;
}

export interface ApCardCapability {
  readonly type: 'ap_card';
  readonly adapter: number;
}

export interface ApQueueCapability {
  readonly type: 'ap_queue';
  readonly adapter: number;
  readonly domain: number;
}

export interface ApMatrixCapability {
  readonly type: 'ap_matrix';
  readonly mdevTypes: readonly MdevType[];
}
