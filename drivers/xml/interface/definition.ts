export const interfaceTypes = ['ethernet', 'bridge', 'bond', 'vlan'] as const;
export type InterfaceType = (typeof interfaceTypes)[number];

export const startModes = ['onboot', 'none', 'hotplug'] as const;

export const bondModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

export interface InterfaceAddress {
  readonly address: string;
  readonly prefix: number | null;
}

/** How an interface gets its addresses of one family. */
export interface InterfaceProtocol {
  readonly family: 'ipv4' | 'ipv6';
  /** IPv6 only: from the routers' announcements. */
  readonly autoconf: boolean;
  readonly dhcp: { readonly peerDns: boolean | null } | null;
  readonly addresses: InterfaceAddress[];
  /** Of the default route. */
  readonly gateway: string | null;
}

export interface BridgeParts {
  readonly stp: boolean | null;
  /** Of forwarding. In documents that define, seconds; what the kernel tells is in hundredths of them. */
  readonly delay: string | null;
  readonly ports: InterfaceDefinition[];
}

export interface BondParts {
  readonly mode: (typeof bondModes)[number] | null;
  readonly miimon: {
    readonly frequency: number;
    readonly downDelay: number | null;
    readonly upDelay: number | null;
    readonly carrier: 'ioctl' | 'netif' | null;
  } | null;
  readonly arpmon: {
    readonly interval: number;
    readonly target: string;
    readonly validate: 'none' | 'active' | 'backup' | 'all' | null;
  } | null;
  readonly ports: InterfaceDefinition[];
}

/** A network interface of the host, as it is or as it is to be. */
export interface InterfaceDefinition {
  readonly type: InterfaceType;
  readonly name: string;
  readonly start: (typeof startModes)[number] | null;
  readonly mtu: number | null;
  readonly protocols: InterfaceProtocol[];
  /** What only a link that exists has; `speed` in megabits per second. */
  readonly link: { readonly speed: number | null; readonly state: string | null } | null;
  readonly mac: string | null;
  readonly bridge: BridgeParts | null;
  readonly bond: BondParts | null;
  readonly vlan: { readonly tag: number; readonly device: string } | null;
}

/** What a document says of an interface that it only names. */
export const plainInterface = (name: string): InterfaceDefinition => ({
  type: 'ethernet',
  name,
  start: null,
  mtu: null,
  protocols: [],
  link: null,
  mac: null,
  bridge: null,
  bond: null,
  vlan: null,
});
