/** A virtual network as its document says it, in the words of the document. Null is what it leaves out. */
import type { Bandwidth, VirtualPort, Vlan } from '../domain/definition.ts';
import type { XmlElement } from '../tree.ts';

export type ForwardMode = 'none' | 'nat' | 'route' | 'open' | 'bridge' | 'private' | 'vepa' | 'passthrough' | 'hostdev';

/** `none` stands for a document without `<forward>`: an isolated network. */
export interface Forward {
  mode: ForwardMode;
  /** The host's link that traffic may leave by, or that guests are put on. */
  dev: string | null;
  /** hostdev: whether devices are taken from their drivers and given back. */
  managed: boolean;
  /** hostdev: `<driver name=…>`. */
  driver: 'kvm' | 'vfio' | null;
  /** `<pf dev=…>`: whose virtual functions are the pool. */
  physicalFunctions: string[];
  /** `<interface dev=…>`: the pool of links of the host; the first is also the link that traffic may leave by. */
  interfaces: string[];
  /** `<address type='pci'>`: the pool of devices. */
  addresses: PciAddress[];
  nat: Nat | null;
}

export interface PciAddress {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}

export interface Nat {
  /** `ipv6='yes'`; null is no. */
  ipv6: boolean | null;
  /** Sources that connections get. */
  address: AddressRange | null;
  /** Ports 0 and 0 are none. */
  port: { start: number; end: number } | null;
}

export interface AddressRange {
  start: string;
  end: string;
}

export interface NetworkBridge {
  /** Null until one is chosen: an inactive document may leave it out, or hold a pattern ("virbr%d"). */
  name: string | null;
  stp: boolean;
  /** Seconds. */
  delay: number;
  macTableManager: 'kernel' | 'libvirt' | null;
  /** firewalld's zone. */
  zone: string | null;
}

export interface NetworkDomain {
  name: string;
  /** Names below it are not asked of other servers. */
  localOnly: boolean | null;
  register: boolean | null;
}

export interface NetworkDns {
  /** `enable`; null is yes. */
  enable: boolean | null;
  /** Whether names without a dot are asked of other servers; null is yes. */
  forwardPlainNames: boolean | null;
  forwarders: { addr: string | null; domain: string | null }[];
  txts: DnsTxt[];
  srvs: DnsSrv[];
  hosts: DnsHost[];
}

export interface DnsTxt {
  name: string;
  value: string | null;
}

export interface DnsSrv {
  service: string;
  protocol: string;
  domain: string | null;
  target: string | null;
  port: number | null;
  priority: number | null;
  weight: number | null;
}

export interface DnsHost {
  ip: string;
  hostnames: string[];
}

export interface Lease {
  /** 0 is for ever. */
  expiry: bigint;
  unit: 'seconds' | 'minutes' | 'hours';
}

export interface DhcpRange {
  start: string;
  end: string;
  lease: Lease | null;
}

export interface DhcpHost {
  mac: string | null;
  /** IPv6 only: the DUID ("0:3:0:1:…") or "teredo"-like id. */
  id: string | null;
  name: string | null;
  ip: string | null;
  lease: Lease | null;
}

export interface NetworkIp {
  /** As written; null is ipv4. */
  family: 'ipv4' | 'ipv6' | null;
  address: string;
  /** As written: one of the two, or neither (then the class of the address says it). */
  netmask: string | null;
  prefix: number | null;
  localPtr: boolean | null;
  /** `<tftp root=…>` */
  tftpRoot: string | null;
  dhcp: { ranges: DhcpRange[]; hosts: DhcpHost[]; bootp: { file: string; server: string | null } | null } | null;
}

/** As written; see IpRoute of domains, which it equals. */
export interface NetworkRoute {
  family: 'ipv4' | 'ipv6';
  familyGiven: boolean;
  address: string;
  prefix: number | null;
  netmask: string | null;
  gateway: string;
  metric: number | null;
}

/** KiB per second, KiB. An inbound `floor` is for interfaces and ports only. */
export type NetworkBandwidth = { inbound: Bandwidth | null; outbound: Bandwidth | null };

export interface PortGroup {
  name: string;
  default: boolean;
  trustGuestRxFilters: boolean | null;
  virtualport: VirtualPort | null;
  bandwidth: NetworkBandwidth | null;
  vlan: Vlan | null;
  isolated: boolean | null;
}

export interface NetworkDefinition {
  name: string;
  uuid: string;
  /** Whether the document said its UUID, or one was made up. */
  uuidGiven: boolean;
  /** `ipv6='yes'`: guests may speak IPv6 among themselves on a network without an IPv6 address. */
  ipv6: boolean | null;
  trustGuestRxFilters: boolean | null;
  title: string | null;
  description: string | null;
  metadata: XmlElement[];
  forward: Forward;
  /** Null for those that have no bridge: private, vepa, passthrough, hostdev, and bridge with an interface. */
  bridge: NetworkBridge | null;
  mtu: number | null;
  /** The bridge's; null until one is made up. */
  mac: string | null;
  domain: NetworkDomain | null;
  dns: NetworkDns;
  vlan: Vlan | null;
  bandwidth: NetworkBandwidth | null;
  isolated: boolean | null;
  ips: NetworkIp[];
  routes: NetworkRoute[];
  virtualport: VirtualPort | null;
  portgroups: PortGroup[];
  /** Lines of `<dnsmasq:options>`, for dnsmasq's configuration as they are. */
  dnsmasqOptions: string[];
}
