import type { BondParts, BridgeParts, InterfaceDefinition, InterfaceProtocol } from '../../xml/interface/definition.ts';
import { fileHeader, type ConfigurationFile } from './host-configuration.ts';

/** After the usual files of a host, so that its own come first where both are for one interface. */
const prefixOf = (name: string): string => `70-lxvirtd-${name}`;

/** The file with an interface's addresses. */
export const networkFile = (name: string): string => `${prefixOf(name)}.network`;

type Value = string | number | boolean | null | undefined;
type Section = readonly [name: string, entries: readonly (readonly [key: string, value: Value])[]];

/** A section without entries is left out. */
function unit(name: string, sections: readonly Section[]): string {
  const text = sections.flatMap(([section, entries]) => {
    const lines = entries.flatMap(([key, value]) =>
      value === null || value === undefined ? [] : [`${key}=${shown(value)}`],
    );
    return lines.length === 0 ? [] : [`[${section}]\n${lines.join('\n')}\n`];
  });
  return fileHeader(name) + text.join('\n');
}

const shown = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);

/** What systemd.network(5) and systemd.netdev(5) need of an interface, its ports and the device below a vlan. */
export function networkdFiles(definition: InterfaceDefinition): ConfigurationFile[] {
  const { name } = definition;
  return [...deviceFiles(definition), { name: networkFile(name), text: unit(name, networkSections(definition)) }];
}

/** The drop-in for the file that configures the device below a vlan. */
export const vlanDropIn = (name: string, lowerFile: string): ConfigurationFile => ({
  name: `${lowerFile}.d/lxvirtd-${name}.conf`,
  text: unit(name, [['Network', [['VLAN', name]]]]),
});

/** For a device below a vlan that nothing configures. */
export const lowerFile = (name: string): ConfigurationFile => ({
  name: `79-lxvirtd-below-${name}.network`,
  text: unit(name, [
    ['Match', [['Name', name]]],
    ['Network', [['LinkLocalAddressing', false]]],
  ]),
});

/** The device itself, and what makes its ports its own. */
function deviceFiles(definition: InterfaceDefinition): ConfigurationFile[] {
  const { type, name, mac, mtu, bridge, bond, vlan } = definition;
  if (type === 'ethernet') return [];
  const device: Section = [
    'NetDev',
    [
      ['Name', name],
      ['Kind', type],
      ['MTUBytes', mtu],
      ['MACAddress', mac],
    ],
  ];
  const text = unit(name, [device, ...bridgeSections(bridge), ...bondSections(bond), ...vlanSections(vlan)]);
  const key = bridge === null ? 'Bond' : 'Bridge';
  const ports = bridge?.ports ?? bond?.ports ?? [];
  return [{ name: `${prefixOf(name)}.netdev`, text }, ...ports.flatMap(port => portFiles(port, key, name))];
}

const portFiles = (port: InterfaceDefinition, key: string, master: string): ConfigurationFile[] => [
  ...deviceFiles(port),
  {
    // no name of an interface has a plus
    name: `${prefixOf(master)}+${port.name}.network`,
    text: unit(master, [
      ['Match', [['Name', port.name]]],
      [
        'Network',
        [
          [key, master],
          ['LinkLocalAddressing', false],
        ],
      ],
    ]),
  },
];

const bridgeSections = (bridge: BridgeParts | null): Section[] =>
  bridge === null
    ? []
    : [
        [
          'Bridge',
          [
            ['STP', bridge.stp],
            ['ForwardDelaySec', bridge.delay],
          ],
        ],
      ];

const milliseconds = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : `${value}ms`;

const bondSections = (bond: BondParts | null): Section[] =>
  bond === null
    ? []
    : [
        [
          'Bond',
          [
            ['Mode', bond.mode],
            ['MIIMonitorSec', milliseconds(bond.miimon?.frequency)],
            ['UpDelaySec', milliseconds(bond.miimon?.upDelay)],
            ['DownDelaySec', milliseconds(bond.miimon?.downDelay)],
            ['ARPIntervalSec', milliseconds(bond.arpmon?.interval)],
            ['ARPIPTargets', bond.arpmon?.target],
            ['ARPValidate', bond.arpmon?.validate],
          ],
        ],
      ];

const vlanSections = (vlan: InterfaceDefinition['vlan']): Section[] =>
  vlan === null ? [] : [['VLAN', [['Id', vlan.tag]]]];

function networkSections({ type, name, start, mac, mtu, protocols }: InterfaceDefinition): Section[] {
  const isEthernet = type === 'ethernet';
  const ipv4 = protocols.find(({ family }) => family === 'ipv4');
  const ipv6 = protocols.find(({ family }) => family === 'ipv6');
  return [
    ['Match', [['Name', name]]],
    [
      'Link',
      [
        ['MTUBytes', isEthernet ? mtu : null],
        ['MACAddress', isEthernet ? mac : null],
        ['ActivationPolicy', start === 'none' ? 'manual' : null],
      ],
    ],
    [
      'Network',
      [
        ['DHCP', dhcpFamilies(ipv4, ipv6)],
        ['IPv6AcceptRA', ipv6?.autoconf ?? false],
        // a bridge without ports has no carrier, and its addresses are wanted all the same
        ['ConfigureWithoutCarrier', type === 'bridge' ? true : null],
        ...protocols.flatMap(addressEntries),
      ],
    ],
    ['DHCPv4', [['UseDNS', ipv4?.dhcp?.peerDns]]],
    ['DHCPv6', [['UseDNS', ipv6?.dhcp?.peerDns]]],
  ];
}

const addressEntries = ({ family, addresses, gateway }: InterfaceProtocol): [string, Value][] => [
  ...addresses.map(({ address, prefix }): [string, Value] => [
    'Address',
    `${address}/${prefix ?? (family === 'ipv4' ? 32 : 128)}`,
  ]),
  ['Gateway', gateway],
];

function dhcpFamilies(ipv4: InterfaceProtocol | undefined, ipv6: InterfaceProtocol | undefined): string {
  const [four, six] = [ipv4, ipv6].map(protocol => protocol !== undefined && protocol.dhcp !== null);
  if (four && six) return 'yes';
  if (four) return 'ipv4';
  return six ? 'ipv6' : 'no';
}
