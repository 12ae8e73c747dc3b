import type { XmlElement } from '../tree.ts';

/**
 * A domain's definition: what a `<domain>` document says, with defaults filled in and units resolved (memory in KiB,
 * sizes in bytes where named so). Everything that the LXC driver honours has a field; what is only stored and echoed
 * is kept as it was written (`Foreign`), at its place. A value that the document leaves out is `null` (or an empty
 * list), so that a definition can be compared and copied field by field.
 */

/** An element that is stored and echoed, as plain data in the order that libvirt writes. */
export type Foreign = XmlElement;

export type LifecycleAction =
  'destroy' | 'restart' | 'rename-restart' | 'preserve' | 'coredump-destroy' | 'coredump-restart';

export interface IdMapping {
  start: number;
  target: number;
  count: number;
}

export interface OsDefinition {
  type: string;
  arch: string;
  machine: string | null;
  init: string;
  initArgs: string[];
  initEnv: { name: string; value: string }[];
  initDir: string | null;
  initUser: string | null;
  initGroup: string | null;
  cmdline: string | null;
  foreign: Foreign[];
}

/** KiB. */
export interface MemoryTuning {
  hardLimit: bigint | null;
  softLimit: bigint | null;
  swapHardLimit: bigint | null;
  minGuarantee: bigint | null;
}

export interface CpuTuning {
  shares: bigint | null;
  /** Microseconds. */
  period: bigint | null;
  /** Microseconds; negative is without limit. */
  quota: bigint | null;
  /** Stored and echoed, as what follows. */
  globalPeriod: bigint | null;
  globalQuota: bigint | null;
  emulatorPeriod: bigint | null;
  emulatorQuota: bigint | null;
  iothreadPeriod: bigint | null;
  iothreadQuota: bigint | null;
  foreign: Foreign[];
}

/** Limits of one block device; a null limit was never set, 0 is none. */
export interface BlkioDevice {
  path: string;
  weight: number | null;
  readIopsSec: number | null;
  writeIopsSec: number | null;
  readBytesSec: bigint | null;
  writeBytesSec: bigint | null;
}

export interface NumaTuning {
  mode: 'strict' | 'preferred' | 'interleave' | 'restrictive';
  placement: 'static' | 'auto';
  nodeset: string | null;
  foreign: Foreign[];
}

export interface CapabilityFeature {
  policy: 'default' | 'allow' | 'deny';
  /** By libvirt's element name ("mknod", "sys_time", …), in document order. */
  states: { name: string; state: 'on' | 'off' }[];
}

export interface Timer {
  name: string;
  present: boolean | null;
  tickpolicy: string | null;
  track: string | null;
  frequency: bigint | null;
  mode: string | null;
  foreign: Foreign[];
}

export interface Clock {
  offset: 'utc' | 'localtime' | 'variable' | 'timezone' | 'absolute';
  /** utc, localtime: "reset" or nothing; variable: seconds. */
  adjustment: string | null;
  basis: string | null;
  timezone: string | null;
  start: string | null;
  timers: Timer[];
}

export interface VolumeName {
  readonly pool: string;
  readonly volume: string;
}

export interface FilesystemDevice {
  type: 'mount' | 'block' | 'file' | 'template' | 'ram' | 'bind' | 'volume';
  accessmode: 'passthrough' | 'mapped' | 'squash';
  driverType: 'path' | 'handle' | 'loop' | 'nbd' | 'ploop' | 'virtiofs' | null;
  driverFormat: string | null;
  wrpolicy: 'immediate' | null;
  /** The directory, device, file or template; null for ram and volume. */
  source: string | null;
  /** ram: the size in KiB. */
  usage: bigint | null;
  /** Of a running domain, type and source say what the volume is; documents name the volume alone. */
  volume: VolumeName | null;
  target: string;
  readonly: boolean;
  /** model, multidevs, fmode, dmode, and the driver's attributes beyond those above: echoed. */
  attributes: Record<string, string>;
  driverAttributes: Record<string, string>;
  /** Bytes. */
  spaceHardLimit: bigint | null;
  spaceSoftLimit: bigint | null;
  alias: string | null;
  foreign: Foreign[];
}

export interface DiskDevice {
  type: 'block' | 'file' | 'volume' | 'dir' | 'network' | 'nvme' | 'vhostuser' | 'vhostvdpa';
  device: 'disk' | 'cdrom' | 'floppy' | 'lun';
  driverName: string | null;
  driverType: string | null;
  cache: string | null;
  driverAttributes: Record<string, string>;
  /** The file, block device or directory; null without a medium and for the types that `foreignSource` holds. */
  source: string | null;
  startupPolicy: string | null;
  /** As that of a filesystem. */
  volume: VolumeName | null;
  /** Children of the source, and the whole of a network source. */
  foreignSource: Foreign | null;
  target: string;
  bus: string;
  targetAttributes: Record<string, string>;
  attributes: Record<string, string>;
  readonly: boolean;
  shareable: boolean;
  serial: string | null;
  alias: string | null;
  foreign: Foreign[];
}

export interface IpAddress {
  family: 'ipv4' | 'ipv6';
  address: string;
  prefix: number | null;
  peer: string | null;
}

export interface IpRoute {
  family: 'ipv4' | 'ipv6';
  /** Whether the document names it. */
  familyGiven: boolean;
  address: string;
  prefix: number | null;
  netmask: string | null;
  gateway: string | null;
  metric: number | null;
}

/** Kilobytes a second; burst in KiB. */
export interface Bandwidth {
  average: number | null;
  peak: number | null;
  burst: number | null;
  floor: number | null;
}

export interface Vlan {
  trunk: boolean;
  tags: { id: number; nativeMode: 'tagged' | 'untagged' | null }[];
}

export interface VirtualPort {
  /** "openvswitch", "802.1Qbg", "802.1Qbh", "midonet"; null when only parameters are given. */
  type: string | null;
  /** managerid, typeid, typeidversion, instanceid, interfaceid, profileid as far as given. */
  parameters: Record<string, string>;
}

/** What a network resolved to for one interface. */
export interface ActualInterface {
  type: 'network' | 'bridge' | 'direct' | 'hostdev';
  bridge: string | null;
  dev: string | null;
  directMode: InterfaceDevice['directMode'];
  /** Of a device of the host: where it is, and whether the host's driver is to let it go by itself. */
  address: PciPlace | null;
  managed: InterfaceDevice['managed'];
}

/** A place on the PCI bus. */
export interface PciPlace {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}

export interface InterfaceDevice {
  type:
    | 'network'
    | 'bridge'
    | 'ethernet'
    | 'direct'
    | 'hostdev'
    | 'user'
    | 'internal'
    | 'server'
    | 'client'
    | 'mcast'
    | 'udp'
    | 'vhostuser'
    | 'vdpa'
    | 'null'
    | 'vds';
  mac: string;
  macType: string | null;
  macCheck: string | null;
  /** network: the network's name; bridge: the bridge; direct and vdpa: the host device; internal: its name. */
  source: string | null;
  portgroup: string | null;
  /** While it runs, of an interface to a network: its port there, and what the network gave it. */
  portId: string | null;
  actual: ActualInterface | null;
  directMode: 'vepa' | 'bridge' | 'private' | 'passthrough' | null;
  /** The host's side: addresses and routes of an ethernet interface's host end. */
  hostIps: IpAddress[];
  hostRoutes: IpRoute[];
  /** The host's end of the veth pair; "vnet%d"-like patterns and made-up names are not stored in the inactive XML. */
  targetDev: string | null;
  targetManaged: 'yes' | 'no' | null;
  trustGuestRxFilters: 'yes' | 'no' | null;
  guestDev: string | null;
  guestActual: string | null;
  ips: IpAddress[];
  routes: IpRoute[];
  linkState: 'up' | 'down' | null;
  mtu: number | null;
  model: string | null;
  script: string | null;
  filterref: { filter: string; parameters: { name: string; value: string }[] } | null;
  bandwidth: { inbound: Bandwidth | null; outbound: Bandwidth | null } | null;
  /** Of a device of the host: whether the host's driver is to let it go by itself. */
  managed: 'yes' | 'no' | null;
  vlan: Vlan | null;
  virtualport: VirtualPort | null;
  portIsolated: boolean | null;
  alias: string | null;
  foreign: Foreign[];
}

export type HostDevice =
  | {
      mode: 'capabilities';
      type: 'storage' | 'misc' | 'net';
      /** The device node, or the network interface's name. */
      path: string;
      alias: string | null;
      ips: IpAddress[];
      routes: IpRoute[];
      foreign: Foreign[];
    }
  | {
      mode: 'subsystem';
      type: string;
      managed: boolean;
      /** usb only. */
      usb: UsbSource | null;
      alias: string | null;
      /** With `source`, unless the device is usb. */
      foreign: Foreign[];
      attributes: Record<string, string>;
    };

export interface UsbSource {
  vendor: number | null;
  product: number | null;
  bus: number | null;
  device: number | null;
  startupPolicy: string | null;
}

export interface ConsoleDevice {
  type: string;
  /** The host's pty while the domain runs. */
  tty: string | null;
  targetType: string | null;
  targetPort: number;
  alias: string | null;
  foreign: Foreign[];
}

export interface SecurityLabelDefinition {
  type: 'static' | 'dynamic' | 'none';
  model: string | null;
  relabel: boolean;
  label: string | null;
  baselabel: string | null;
  imagelabel: string | null;
}

/** lxc:namespace: whose namespace a container shares. */
export interface SharedNamespace {
  kind: 'sharenet' | 'shareipc' | 'shareuts';
  type: 'none' | 'name' | 'pid' | 'netns';
  value: string | null;
}

export interface DomainDevices {
  emulator: string | null;
  disks: DiskDevice[];
  filesystems: FilesystemDevice[];
  interfaces: InterfaceDevice[];
  hostdevs: HostDevice[];
  consoles: ConsoleDevice[];
  /** Stored and echoed: controllers, graphics, video, input, serial, …; the writer puts them at libvirt's places. */
  foreign: Foreign[];
}

export interface DomainDefinition {
  type: string;
  name: string;
  uuid: string;
  title: string | null;
  description: string | null;
  /** The children of `<metadata>`, at most one of a name space; see metadata.ts for reading and changing them. */
  metadata: XmlElement[];
  dumpCore: boolean | null;
  /** KiB: `<memory>` and `<currentMemory>`. */
  memory: bigint;
  currentMemory: bigint;
  memtune: MemoryTuning;
  blkiotune: { weight: number | null; devices: BlkioDevice[] };
  vcpu: { max: number; current: number | null; placement: 'static' | 'auto'; cpuset: string | null };
  cputune: CpuTuning;
  numatune: NumaTuning | null;
  /** `<resource><partition>`: null is "/machine". */
  partition: string | null;
  fibrechannel: string | null;
  os: OsDefinition;
  idmap: { uid: IdMapping[]; gid: IdMapping[] };
  features: { privnet: boolean; capabilities: CapabilityFeature | null; foreign: Foreign[] };
  clock: Clock;
  onPoweroff: LifecycleAction;
  onReboot: LifecycleAction;
  onCrash: LifecycleAction;
  devices: DomainDevices;
  seclabels: SecurityLabelDefinition[];
  namespaces: SharedNamespace[];
  /** Top-level elements that are stored and echoed: cpu, pm, perf, sysinfo, iothreads, …. */
  foreign: Foreign[];
}
