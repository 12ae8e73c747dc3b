import type { NetworkRules, Rule } from '../../../native/firewall/rule.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { portForwards, type PortForward } from './port-forwards.ts';
import { cidr, subnet, type Subnet } from './subnet.ts';

/** Modes whose bridge is ours and whose traffic is limited; "open" leaves that to the host's administrator. */
const filtered = new Set(['none', 'nat', 'route']);

/** What has to stay as it is on its way to the link: destinations that belong to the link itself. */
const neverTranslated = { ipv4: ['224.0.0.0/24', '255.255.255.255/32'], ipv6: ['ff02::/16'] } as const;

/** Ports that a new source may have where nothing else is said: those that need no privilege. */
const usualPorts = { start: 1024, end: 65_535 } as const;

/**
 * The firewall's rules for one network; null for those that have none. A guest's packet is looked at where it comes from
 * and where it goes to, and both networks have to agree.
 */
export function networkRules(definition: NetworkDefinition): NetworkRules | null {
  const bridge = definition.bridge?.name ?? null;
  if (bridge === null || !(filtered.has(definition.forward.mode) || definition.forward.mode === 'open')) return null;
  const subnets = definition.ips.map(subnet);
  const forwards = portForwards(definition);
  const limits = filtered.has(definition.forward.mode) ? limitRules(definition, bridge, subnets, forwards) : [];
  const rules = [
    ...limits,
    ...forwards.flatMap(forward => redirection(forward, bridge)),
    ...hostRules(definition, bridge, subnets),
  ];
  return rules.length === 0 ? null : { bridge, rules };
}

/** Whether, and how, guests of a subnet reach the outside. */
type Way = 'nat' | 'route' | null;

function wayOf({ forward }: NetworkDefinition, { family }: Subnet): Way {
  if (forward.mode === 'nat') return family === 'ipv4' || forward.nat?.ipv6 === true ? 'nat' : 'route';
  return forward.mode === 'route' ? 'route' : null;
}

function limitRules(
  definition: NetworkDefinition,
  bridge: string,
  subnets: readonly Subnet[],
  forwards: readonly PortForward[],
): Rule[] {
  const outside = definition.forward.interfaces[0] ?? definition.forward.dev ?? undefined;
  const accept = { kind: 'accept' } as const;
  return [
    // among guests of one network, where the host's bridges are filtered at all
    { section: 'from', in: bridge, out: bridge, verdict: accept },
    ...subnets.flatMap(net => wayRules(definition, wayOf(definition, net), bridge, outside, net)),
    ...forwards.flatMap(forward => forwardRules(forward, bridge)),
    { section: 'from', in: bridge, verdict: { kind: 'reject' } },
    { section: 'to', out: bridge, verdict: { kind: 'reject' } },
  ];
}

function wayRules(
  definition: NetworkDefinition,
  way: Way,
  bridge: string,
  outside: string | undefined,
  net: Subnet,
): Rule[] {
  if (way === null) return [];
  const { family } = net;
  const own = cidr(net);
  const through = outside === undefined ? {} : { out: outside };
  const back = outside === undefined ? {} : { in: outside };
  return [
    { section: 'from', family, in: bridge, ...through, source: own, verdict: { kind: 'return' } },
    {
      section: 'to',
      family,
      ...back,
      out: bridge,
      destination: own,
      ...(way === 'nat' ? { state: 'established' as const } : {}),
      verdict: { kind: 'accept' },
    },
    ...(way === 'nat' ? translation(definition, bridge, through, net) : []),
  ];
}

/** Sources as the outside sees them. */
function translation(
  { forward: { nat } }: NetworkDefinition,
  bridge: string,
  through: { readonly out?: string },
  net: Subnet,
): Rule[] {
  const { family } = net;
  const common = { section: 'source', family, in: bridge, ...through, source: cidr(net) } as const;
  const ports = nat?.port === null || nat?.port === undefined || nat.port.start === 0 ? usualPorts : nat.port;
  const addresses = family === 'ipv4' ? (nat?.address ?? null) : null;
  const others = { ...common, notDestination: cidr(net) } as const;
  return [
    ...neverTranslated[family].map((destination): Rule => ({ ...common, destination, verdict: { kind: 'return' } })),
    { ...others, protocol: 'tcp', verdict: { kind: 'source', addresses, ports } },
    { ...others, protocol: 'udp', verdict: { kind: 'source', addresses, ports } },
    { ...others, verdict: { kind: 'source', addresses, ports: null } },
  ];
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4');
const hostPrefix = { ipv4: 32, ipv6: 128 } as const;

/** What was redirected to a guest may pass, and its answers too. */
function forwardRules({ protocol, to, toPort }: PortForward, bridge: string): Rule[] {
  const family = familyOf(to);
  const guest = `${to}/${hostPrefix[family]}`;
  return [
    {
      section: 'to',
      family,
      out: bridge,
      destination: guest,
      protocol,
      port: toPort,
      state: 'redirected',
      verdict: { kind: 'accept' },
    },
    { section: 'to', family, out: bridge, destination: guest, state: 'established', verdict: { kind: 'accept' } },
    { section: 'from', family, in: bridge, source: guest, state: 'established', verdict: { kind: 'return' } },
  ];
}

function redirection({ protocol, address, port, to, toPort }: PortForward, bridge: string): Rule[] {
  const family = familyOf(to);
  return [
    {
      section: 'destination',
      family,
      ...(address === null ? {} : { destination: `${address}/${hostPrefix[family]}` }),
      protocol,
      port,
      verdict: { kind: 'destination', address: to, port: toPort },
    },
    // a guest that comes to a neighbour by the host's address: the answer has to come back the same way
    { section: 'source', family, in: bridge, out: bridge, state: 'redirected', verdict: { kind: 'masquerade' } },
  ];
}

/** What guests ask the host itself for, and get. */
function hostRules({ ips, dns }: NetworkDefinition, bridge: string, subnets: readonly Subnet[]): Rule[] {
  const accept = { kind: 'accept' } as const;
  const both = (family: Subnet['family'], protocol: 'tcp' | 'udp', server: number, client: number): Rule[] => [
    { section: 'input', family, in: bridge, protocol, port: server, verdict: accept },
    { section: 'output', family, out: bridge, protocol, port: client, verdict: accept },
  ];
  const families = new Set(subnets.map(({ family }) => family));
  const leases = ips.some((ip, at) => ip.dhcp !== null && subnets[at]?.family === 'ipv4');
  return [
    ...(leases
      ? [
          ...both('ipv4', 'udp', 67, 68),
          {
            section: 'checksum',
            family: 'ipv4',
            out: bridge,
            protocol: 'udp',
            port: 68,
            verdict: { kind: 'fill-checksum' },
          } as const,
        ]
      : []),
    ...(families.has('ipv6') ? both('ipv6', 'udp', 547, 546) : []),
    ...(dns.enable === false
      ? []
      : [...families].flatMap(family => [...both(family, 'udp', 53, 53), ...both(family, 'tcp', 53, 53)])),
    ...(ips.some(({ tftpRoot }) => tftpRoot !== null) ? both('ipv4', 'udp', 69, 69) : []),
  ];
}
