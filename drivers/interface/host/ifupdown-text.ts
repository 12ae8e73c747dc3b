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
  const own = [
    ...made(definition).map(line => `pre-up ${line}`),
    ...settings(definition).map(line => `pre-up ${line}`),
    `up ip link set dev ${name} up`,
    ...unmade(definition).map(line => `post-down ${line}`),
  ];
  const stanzas = [stanza(name, 'inet manual', own), ...protocols.flatMap(protocol => addressing(name, protocol))];
  return `${fileHeader(name)}${when}${stanzas.join('\n')}`;
}

const stanza = (name: string, method: string, lines: readonly string[]): string =>
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

/** Commands that remove what was made: the ports are free then. */
function unmade({ type, name, bridge, bond }: InterfaceDefinition): string[] {
  const ports = bridge?.ports ?? bond?.ports ?? [];
  const own = type === 'ethernet' ? [] : [`ip link del dev ${name} 2>/dev/null || true`];
  return [...own, ...ports.flatMap(unmade)];
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
function addressing(name: string, { family, autoconf, dhcp, addresses, gateway }: InterfaceProtocol): string[] {
  if (dhcp?.peerDns === false)
    throw errors.configUnsupported(
      "ifupdown has no place for peerdns='no': the DHCP client decides",
      ErrorDomain.INTERFACE,
    );
  const inet = family === 'ipv4' ? 'inet' : 'inet6';
  const most = family === 'ipv4' ? 32 : 128;
  const stanzas: string[] = [];
  if (autoconf) stanzas.push(stanza(name, `${inet} auto`, dhcp === null ? [] : ['dhcp 1']));
  else if (dhcp !== null) stanzas.push(stanza(name, `${inet} dhcp`, []));
  for (const [at, { address, prefix }] of addresses.entries()) {
    const route = at === 0 && gateway !== null ? [`gateway ${gateway}`] : [];
    stanzas.push(stanza(name, `${inet} static`, [`address ${address}/${prefix ?? most}`, ...route]));
  }
  return stanzas;
}
