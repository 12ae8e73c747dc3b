import { ipProtocols } from '../../xml/nwfilter/value-kinds.ts';
import { ofType } from './frame-match.ts';
import type { PacketProtocol } from './packet-match.ts';
import { directions, opposite, type Direction, type PortNames } from './port-names.ts';

/**
 * What is known of connections. Bridges of many kernels track none, and those of links outside of bridges never do, so
 * each port remembers in sets of its own which flows were accepted, by direction, with the guest's end first. A packet
 * belongs to an established connection when one of its flow was accepted the other way. Full sets take no more flows:
 * those are not remembered, and their replies not accepted.
 */

interface FlowKind {
  readonly name: string;
  readonly family: 4 | 6;
  /** Whether ports are part of the flow. */
  readonly ports: boolean;
}

const kinds: readonly FlowKind[] = [
  { name: 'ports4', family: 4, ports: true },
  { name: 'hosts4', family: 4, ports: false },
  { name: 'ports6', family: 6, ports: true },
  { name: 'hosts6', family: 6, ports: false },
];

/** Flows that a port remembers, of each kind and direction. */
const SIZE = 16_384;

const { tcp, udp, udplite, sctp } = ipProtocols;

/** Protocols with ports, and how long a flow of theirs is remembered after its last packet. */
const lifetimes: readonly (readonly [protocol: string, lifetime: string])[] = [
  [String(tcp), '12h'],
  [`{ ${udp}, ${udplite}, ${sctp} }`, '3m'],
];
const HOSTS_LIFETIME = '1m';
const withPorts = `{ ${[tcp, udp, udplite, sctp].join(', ')} }`;

const protocolOf = (family: 4 | 6): string => (family === 4 ? 'ip protocol' : 'meta l4proto');

/** The flow of a packet that goes in `direction`. */
function flow({ family, ports }: FlowKind, direction: Direction): string {
  const ip = family === 4 ? 'ip' : 'ip6';
  const sent = direction === 'out';
  const [own, other] = sent ? ['saddr', 'daddr'] : ['daddr', 'saddr'];
  const [ownPort, otherPort] = sent ? ['sport', 'dport'] : ['dport', 'sport'];
  const fields = ports
    ? [`${ip} ${own}`, protocolOf(family), `th ${ownPort}`, `${ip} ${other}`, `th ${otherPort}`]
    : [`${ip} ${own}`, protocolOf(family), `${ip} ${other}`];
  return fields.join(' . ');
}

/** The sets, by their names. */
export const flowSets = (names: PortNames): [name: string, text: string][] =>
  directions.flatMap(direction =>
    kinds.map((kind): [string, string] => [
      names.flows(direction, kind.name),
      `typeof ${flow(kind, 'out')}; size ${SIZE}; flags dynamic,timeout; timeout ${HOSTS_LIFETIME};`,
    ]),
  );

/** The rules of the chain that remembers an accepted packet of that direction, and accepts it. */
export function seenRules(names: PortNames, direction: Direction): string[] {
  const remember = (kind: FlowKind, lifetime: string): string =>
    `update @${names.flows(direction, kind.name)} { ${flow(kind, direction)} timeout ${lifetime} } accept`;
  const rules = kinds.flatMap(kind => {
    const type = ofType(kind.family === 4 ? 'ipv4' : 'ipv6');
    const each = kind.ports ? lifetimes : [[null, HOSTS_LIFETIME] as const];
    return each.map(([protocol, lifetime]) =>
      [type, ...(protocol === null ? [] : [`${protocolOf(kind.family)} ${protocol}`]), remember(kind, lifetime)].join(
        ' ',
      ),
    );
  });
  return [...rules, 'accept'];
}

/** What holds for packets of an established connection: one of these. */
export function established(names: PortNames, direction: Direction, { family, name }: PacketProtocol): string[] {
  const number = protocolOf(family);
  const ported = Object.hasOwn({ tcp, udp, udplite, sctp }, name);
  return kinds
    .filter(kind => kind.family === family && (name === 'all' || kind.ports === ported))
    .map(kind => {
      const limit = name === 'all' && kind.ports ? `${number} ${withPorts} ` : '';
      return `${limit}${flow(kind, direction)} @${names.flows(opposite[direction], kind.name)}`;
    });
}

/** What holds for those of none. */
export function unknown(names: PortNames, direction: Direction, { family, name }: PacketProtocol): string[] {
  const number = protocolOf(family);
  const ported = Object.hasOwn({ tcp, udp, udplite, sctp }, name);
  return kinds
    .filter(kind => kind.family === family && (name === 'all' || kind.ports === ported))
    .map(kind => {
      const limit = name === 'all' ? `${number} ${kind.ports ? '' : '!= '}${withPorts} ` : '';
      return `${limit}${flow(kind, direction)} != @${names.flows(opposite[direction], kind.name)}`;
    });
}
