/**
 * A domain's definition: what a `<domain>` document says, with defaults filled in and units resolved (memory in KiB,
 * sizes in bytes where named so). Everything that the LXC driver honours has a field; what is only stored and echoed
 * is kept as it was written (`Foreign`), at its place. A value that the document leaves out is `null` (or an empty
 * list), so that a definition can be compared and copied field by field.
 */

/** An element that is stored and echoed: its markup, laid out as libvirt lays it out. */
export interface Foreign {
  readonly name: string;
  readonly markup: string;
}

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
  init: string;
  initArgs: string[];
  initEnv: { name: string; value: string }[];
  initDir: string | null;
  initUser: string | null;
  initGroup: string | null;
  cmdline: string | null;
}

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
  markup: string;
}

export interface FilesystemDevice {
  type: 'mount' | 'block' | 'file' | 'template' | 'ram' | 'bind' | 'volume';
  accessmode: 'passthrough' | 'mapped' | 'squash';
  driverType: string | null;
  driverFormat: string | null;
  wrpolicy: string | null;
  /** The directory, device, file or template; null for ram and volume. */
  source: string | null;
  /** ram: the size in KiB. */
  usage: bigint | null;
  volume: { pool: string; volume: string } | null;
  target: string;
  readonly: boolean;
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
  source: string | null;
  volume: { pool: string; volume: string } | null;
  target: string;
  bus: string;
  readonly: boolean;
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
  address: string;
  prefix: number | null;
  netmask: string | null;
  gateway: string | null;
  metric: number | null;
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
  /** network: the network's name; bridge: the bridge; direct: the host device. */
  source: string | null;
  portgroup: string | null;
  directMode: 'vepa' | 'bridge' | 'private' | 'passthrough' | null;
  /** The host's side: addresses and routes of an ethernet interface's host end. */
  hostIps: IpAddress[];
  hostRoutes: IpRoute[];
  /** The host's end of the veth pair; "vnet%d"-like patterns and made-up names are not stored in the inactive XML. */
  targetDev: string | null;
  guestDev: string | null;
  guestActual: string | null;
  ips: IpAddress[];
  routes: IpRoute[];
  linkState: 'up' | 'down' | null;
  mtu: number | null;
  model: string | null;
  script: string | null;
  filterref: { filter: string; markup: string } | null;
  bandwidth: Foreign | null;
  vlan: Foreign | null;
  virtualport: Foreign | null;
  portIsolated: boolean | null;
  alias: string | null;
  foreign: Foreign[];
}

export type HostDevice =
  | {
      mode: 'capabilities';
      type: 'storage' | 'misc' | 'net';
      path: string;
      alias: string | null;
      markup: string;
      ips: IpAddress[];
      routes: IpRoute[];
    }
  | {
      mode: 'subsystem';
      type: string;
      managed: boolean;
      /** usb only. */
      usb: { vendor: number | null; product: number | null; bus: number | null; device: number | null } | null;
      alias: string | null;
      markup: string;
    };

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
  /** The children of `<metadata>`, each as its own markup with the name space it belongs to. */
  metadata: { uri: string; prefix: string; markup: string }[];
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
  os: OsDefinition;
  idmap: { uid: IdMapping[]; gid: IdMapping[] };
  features: { privnet: boolean; capabilities: CapabilityFeature | null; foreign: Foreign[] };
  clock: { offset: string; timers: Timer[]; attributes: Record<string, string> };
  onPoweroff: LifecycleAction;
  onReboot: LifecycleAction;
  onCrash: LifecycleAction;
  devices: DomainDevices;
  seclabels: SecurityLabelDefinition[];
  namespaces: SharedNamespace[];
  /** Top-level elements that are stored and echoed: cpu, pm, perf, sysinfo, iothreads, …. */
  foreign: Foreign[];
}
