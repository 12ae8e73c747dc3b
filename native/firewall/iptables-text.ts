import { token, type NetworkRules, type Range, type Rule, type Section } from './rule.ts';

/**
 * The rules of all networks for `iptables-restore --noflush`: chains of our own, emptied and filled in one go for each of
 * iptables' tables, and a jump to each from the chain of the kernel's, before what others have there.
 */

type Family = NonNullable<Rule['family']>;

interface Chain {
  readonly suffix: string;
  readonly table: 'filter' | 'nat' | 'mangle';
  /** The kernel's chains that jump here. */
  readonly from: readonly string[];
  readonly section: Section | 'allow';
}

/** In the order in which a chain of the kernel's jumps to them. "Allow" is for what "from" let go on: others' rules may end in a drop. */
const chains: readonly Chain[] = [
  { suffix: 'FWO', table: 'filter', from: ['FORWARD'], section: 'from' },
  { suffix: 'FWI', table: 'filter', from: ['FORWARD'], section: 'to' },
  { suffix: 'FWA', table: 'filter', from: ['FORWARD'], section: 'allow' },
  { suffix: 'INP', table: 'filter', from: ['INPUT'], section: 'input' },
  { suffix: 'OUT', table: 'filter', from: ['OUTPUT'], section: 'output' },
  { suffix: 'PRT', table: 'nat', from: ['POSTROUTING'], section: 'source' },
  { suffix: 'PRE', table: 'nat', from: ['PREROUTING', 'OUTPUT'], section: 'destination' },
  { suffix: 'SUM', table: 'mangle', from: ['POSTROUTING'], section: 'checksum' },
];

export const iptablesTables = ['filter', 'nat', 'mangle'] as const;
export type IptablesTable = (typeof iptablesTables)[number];

/** Names have 28 bytes at most. */
const chainName = (prefix: string, { suffix }: Chain): string => `${token(prefix)}_${suffix}`;

const jump = (prefix: string, chain: Chain): string =>
  `${chain.section === 'destination' ? '-m addrtype --dst-type LOCAL ' : ''}-j ${chainName(prefix, chain)}`;

/**
 * What `iptables-restore` is told about one table. `present` are the rules that there are already, as `iptables-save`
 * prints them. Empty when there is nothing to do. No networks: our chains go.
 */
export function iptablesText(
  prefix: string,
  family: Family,
  table: IptablesTable,
  networks: readonly NetworkRules[],
  present: string,
): string {
  const own = chains.filter(chain => chain.table === table);
  const lines = present.split('\n');
  const body = networks.length === 0 ? removal(prefix, own, lines) : filling(prefix, family, own, networks, lines);
  return body.length === 0 ? '' : `*${table}\n${body.join('\n')}\nCOMMIT\n`;
}

function removal(prefix: string, own: readonly Chain[], lines: readonly string[]): string[] {
  const there = own.filter(chain => lines.some(line => line.startsWith(`:${chainName(prefix, chain)} `)));
  return [
    ...there.flatMap(chain => hooked(prefix, chain, lines).map(line => line.replace(/^-A /, '-D '))),
    ...there.map(chain => `-F ${chainName(prefix, chain)}`),
    ...there.map(chain => `-X ${chainName(prefix, chain)}`),
  ];
}

const hooked = (prefix: string, chain: Chain, lines: readonly string[]): string[] =>
  lines.filter(line => chain.from.some(from => line === `-A ${from} ${jump(prefix, chain)}`));

function filling(
  prefix: string,
  family: Family,
  own: readonly Chain[],
  networks: readonly NetworkRules[],
  lines: readonly string[],
): string[] {
  const missing = own.toReversed().flatMap(chain =>
    chain.from
      .map(from => `${from} ${jump(prefix, chain)}`)
      .filter(rule => !lines.includes(`-A ${rule}`))
      .map(rule => `-I ${rule}`),
  );
  return [
    ...own.map(chain => `:${chainName(prefix, chain)} - [0:0]`),
    ...own.flatMap(chain =>
      networks
        .flatMap(network => sectionRules(network, chain.section))
        .filter(rule => rule.family === undefined || rule.family === family)
        .flatMap(rule => ruleLines(rule).map(line => `-A ${chainName(prefix, chain)} ${line}`)),
    ),
    ...missing,
  ];
}

/** Of a network that has rules for what its guests send: what they let go on is accepted. */
function sectionRules({ bridge, rules }: NetworkRules, section: Chain['section']): readonly Rule[] {
  if (section !== 'allow') return rules.filter(rule => rule.section === section);
  const limited = rules.some(rule => rule.section === 'from');
  return limited ? [{ section: 'from', in: bridge, verdict: { kind: 'accept' } }] : [];
}

const states = { established: 'RELATED,ESTABLISHED', redirected: 'DNAT' } as const;

/** Ports can be changed only of protocols that have some: such a rule is three. */
function ruleLines(rule: Rule): string[] {
  const { verdict, protocol } = rule;
  if (verdict.kind !== 'source' || verdict.ports === null || protocol !== undefined) return [ruleText(rule)];
  return [ruleText({ ...rule, protocol: 'tcp' }), ruleText({ ...rule, protocol: 'udp' })];
}

const option = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [`${name} ${token(value)}`];

function ruleText(rule: Rule): string {
  const { source, destination, notDestination, protocol, port, state, verdict } = rule;
  return [
    ...option('-i', rule.in),
    ...option('-o', rule.out),
    ...option('-s', source),
    ...option('-d', destination),
    ...option('! -d', notDestination),
    ...option('-p', protocol),
    ...option('--dport', port),
    ...(state === undefined ? [] : [`-m conntrack --ctstate ${states[state]}`]),
    `-j ${target(verdict)}`,
  ].join(' ');
}

function target(verdict: Rule['verdict']): string {
  switch (verdict.kind) {
    case 'source': {
      const ports = verdict.ports === null ? '' : range(verdict.ports);
      if (verdict.addresses !== null)
        return `SNAT --to-source ${range(verdict.addresses)}${ports === '' ? '' : `:${ports}`}`;
      return `MASQUERADE${ports === '' ? '' : ` --to-ports ${ports}`}`;
    }
    case 'destination':
      return `DNAT --to-destination ${verdict.address.includes(':') ? `[${token(verdict.address)}]` : token(verdict.address)}:${verdict.port}`;
    default:
      return targets[verdict.kind];
  }
}

const targets = {
  accept: 'ACCEPT',
  reject: 'REJECT',
  return: 'RETURN',
  masquerade: 'MASQUERADE',
  'fill-checksum': 'CHECKSUM --checksum-fill',
} as const;

const range = ({ start, end }: Range): string =>
  String(start) === String(end) ? token(start) : `${token(start)}-${token(end)}`;
