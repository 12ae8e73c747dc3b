import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { BondParts, BridgeParts, InterfaceDefinition, InterfaceProtocol } from '../../xml/interface/definition.ts';
import { fileHeader } from './host-configuration.ts';

/**
 * interfaces(5) of an interface. Links are made by iproute2 in the first stanza, so that neither bridge-utils nor ifenslave
 * nor vlan has to be there; further stanzas give addresses. Every name and number went through the document's own checks:
 * none of them means anything to a shell.
 */
export function ifupdownText(definition: InterfaceDefinition): string {
  const { name, start, protocols } = definition;
  const when = { onboot: `auto ${name}\n`, hotplug: `allow-hotplug ${name}\n`, none: '' }[start ?? 'none'];
  const first: Stanza = {
    method: 'inet manual',
    lines: [
      ...made(definition).map(line => `pre-up ${line}`),
      ...settings(definition).map(line => `pre-up ${line}`),
      `up ip link set dev ${name} up`,
    ],
  };
  const stanzas = [first, ...protocols.flatMap(protocol => addressing(definition, protocol))];
  // ifdown goes through the stanzas in the same order as ifup
  stanzas.at(-1)?.lines.push(...unmade(definition).map(line => `post-down ${line}`));
  return `${fileHeader(name)}${when}${stanzas.map(stanza => stanzaText(name, stanza)).join('\n')}`;
}

interface Stanza {
  readonly method: string;
  readonly lines: string[];
}

const stanzaText = (name: string, { method, lines }: Stanza): string =>
  [`iface ${name} ${method}`, ...lines.map(line => `    ${line}`), ''].join('\n');

/** One that is there already, since another program made it, is used. */
const unlessThere = (name: string, command: string): string => `ip link show dev ${name} >/dev/null 2>&1 || ${command}`;

/** Commands that make a link and connect its ports. */
function made(definition: InterfaceDefinition): string[] {
  const { name, bridge, bond, vlan } = definition;
  if (bridge !== null)
    return [
      unlessThere(name, `ip link add name ${name} type bridge${bridgeOptions(bridge)}`),
      ...bridge.ports.flatMap(port => [...made(port), `ip link set dev ${port.name} master ${name}`, up(port)]),
    ];
  if (bond !== null)
    return [
      unlessThere(name, `ip link add name ${name} type bond${bondOptions(bond)}`),
      // a bond takes only what is down
      ...bond.ports.flatMap(port => [
        ...made(port),
        `ip link set dev ${port.name} down`,
        `ip link set dev ${port.name} master ${name}`,
        up(port),
      ]),
    ];
  if (vlan !== null)
    return [
      `ip link set dev ${vlan.device} up`,
      unlessThere(name, `ip link add link ${vlan.device} name ${name} type vlan id ${vlan.tag}`),
    ];
  return [];
}

const up = ({ name }: InterfaceDefinition): string => `ip link set dev ${name} up`;
const down = ({ name }: InterfaceDefinition): string => `ip link set dev ${name} down 2>/dev/null || true`;

/** Commands that remove what was made; the ports are free then, and down as they were. */
function unmade({ type, name, bridge, bond }: InterfaceDefinition): string[] {
  const ports = bridge?.ports ?? bond?.ports ?? [];
  const own = type === 'ethernet' ? [] : [`ip link del dev ${name} 2>/dev/null || true`];
  return [...own, ...ports.flatMap(port => (port.type === 'ethernet' ? [down(port)] : unmade(port)))];
}

function settings({ name, mac, mtu }: InterfaceDefinition): string[] {
  return [
    ...(mac === null ? [] : [`ip link set dev ${name} address ${mac}`]),
    ...(mtu === null ? [] : [`ip link set dev ${name} mtu ${mtu}`]),
  ];
}

const options = (values: Readonly<Record<string, string | number | null | undefined>>): string =>
  Object.entries(values)
    .map(([name, value]) => (value === null || value === undefined ? '' : ` ${name} ${value}`))
    .join('');

const bridgeOptions = ({ stp, delay }: BridgeParts): string =>
  options({
    stp_state: stp === null ? null : Number(stp),
    forward_delay: delay === null ? null : Math.round(Number(delay) * 100),
  });

const bondOptions = ({ mode, miimon, arpmon }: BondParts): string =>
  options({
    mode,
    miimon: miimon?.frequency,
    updelay: miimon?.upDelay,
    downdelay: miimon?.downDelay,
    use_carrier: miimon?.carrier == null ? null : Number(miimon.carrier === 'netif'),
    arp_interval: arpmon?.interval,
    arp_ip_target: arpmon?.target,
    arp_validate: arpmon?.validate,
  });

/** A stanza for each way of getting addresses, and for each address. */
function addressing({ type }: InterfaceDefinition, protocol: InterfaceProtocol): Stanza[] {
  const { family, autoconf, dhcp, addresses, gateway } = protocol;
  if (dhcp?.peerDns === false)
    throw errors.configUnsupported(
      "ifupdown has no place for peerdns='no': the DHCP client decides",
      ErrorDomain.INTERFACE,
    );
  const inet = family === 'ipv4' ? 'inet' : 'inet6';
  const most = family === 'ipv4' ? 32 : 128;
  // who else has an address can be asked only through a port, and a bridge may have none yet
  const unasked = family === 'ipv6' && type === 'bridge' ? ['dad-attempts 0'] : [];
  const stanzas: Stanza[] = [];
  if (autoconf) stanzas.push({ method: `${inet} auto`, lines: dhcp === null ? [] : ['dhcp 1'] });
  else if (dhcp !== null) stanzas.push({ method: `${inet} dhcp`, lines: [] });
  for (const [at, { address, prefix }] of addresses.entries()) {
    const route = at === 0 && gateway !== null ? [`gateway ${gateway}`] : [];
    const lines = [`address ${address}/${prefix ?? most}`, ...route, ...unasked];
    stanzas.push({ method: `${inet} static`, lines });
  }
  return stanzas;
}
