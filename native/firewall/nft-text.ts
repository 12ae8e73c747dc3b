import { token, type NetworkRules, type Range, type Rule, type Section } from './rule.ts';

/**
 * The rules of all networks as one table of nftables, replaced in one transaction. A packet finds the rules of its network
 * by the link's name in a map, however many networks there are.
 */

/** Sections that nftables knows, and the chain that each begins in. Of "input" and "output" see `Section`. */
const hooks = [
  { section: 'from', key: 'iifname', map: 'from', chain: 'forward' },
  { section: 'to', key: 'oifname', map: 'to', chain: 'forward' },
  { section: 'source', key: 'iifname', map: 'source', chain: 'postrouting' },
  { section: 'checksum', key: 'oifname', map: 'checksum', chain: 'fill' },
] as const satisfies readonly { section: Section; key: string; map: string; chain: string }[];

const chains = {
  forward: 'type filter hook forward priority filter; policy accept;',
  postrouting: 'type nat hook postrouting priority srcnat; policy accept;',
  fill: 'type filter hook postrouting priority mangle; policy accept;',
} as const;

/** Connections to the host's own addresses: those of others, and the host's own. */
const redirectedChains = {
  prerouting: 'type nat hook prerouting priority dstnat; policy accept;',
  output: 'type nat hook output priority -100; policy accept;',
} as const;

/** For `nft -f -`. No networks: the table goes. */
export function nftText(table: string, networks: readonly NetworkRules[]): string {
  const name = `inet ${token(table)}`;
  // what is deleted must be there
  const replace = [`add table ${name}`, `delete table ${name}`];
  if (networks.length === 0) return `${replace.join('\n')}\n`;
  return `${[...replace, `table ${name} {`, ...body(networks), '}'].join('\n')}\n`;
}

function body(networks: readonly NetworkRules[]): string[] {
  const own = networks.flatMap(network => hooks.flatMap(hook => networkChain(network, hook.section)));
  const maps = hooks.flatMap(({ section, map }) => {
    const elements = networks
      .filter(({ rules }) => rules.some(rule => rule.section === section))
      .map(({ bridge }) => `"${token(bridge)}" : jump ${chainName(section, bridge)}`);
    const lines = elements.length === 0 ? [] : [`elements = { ${elements.join(', ')} }`];
    return block(`map ${map}`, ['type ifname : verdict;', ...lines]);
  });
  const bases = Object.entries(chains).flatMap(([chain, declaration]) =>
    block(`chain ${chain}`, [
      declaration,
      ...hooks.filter(hook => hook.chain === chain).map(({ key, map }) => `${key} vmap @${map}`),
    ]),
  );
  return [...own, ...maps, ...bases, ...redirections(networks)];
}

function redirections(networks: readonly NetworkRules[]): string[] {
  const rules = networks.flatMap(network => network.rules.filter(({ section }) => section === 'destination'));
  if (rules.length === 0) return [];
  return [
    ...block('chain host_ports', rules.map(ruleText)),
    ...Object.entries(redirectedChains).flatMap(([chain, declaration]) =>
      // what the host calls itself by never leaves it
      block(`chain ${chain}`, [declaration, 'fib daddr type local ip daddr != 127.0.0.0/8 jump host_ports']),
    ),
  ];
}

function networkChain({ bridge, rules }: NetworkRules, section: Section): string[] {
  const own = rules.filter(rule => rule.section === section);
  return own.length === 0 ? [] : block(`chain ${chainName(section, bridge)}`, own.map(ruleText));
}

const chainName = (section: Section, bridge: string): string => `${section}_${token(bridge)}`;

const block = (head: string, lines: readonly string[]): string[] => [
  `  ${head} {`,
  ...lines.map(line => `    ${line}`),
  '  }',
];

const families = { ipv4: 'ip', ipv6: 'ip6' } as const;

/** The link that brought a packet to its network's chain need not be looked at again. */
function ruleText(rule: Rule): string {
  const { family, section, source, destination, notDestination, protocol, port, state } = rule;
  const ip = family === undefined ? '' : families[family];
  const address = (field: string, value: string | undefined, operator = ''): string[] =>
    value === undefined ? [] : [`${ip} ${field} ${operator}${token(value)}`];
  const isKey = (key: string): boolean => hooks.some(hook => hook.section === section && hook.key === key);
  const hasAddress = source !== undefined || destination !== undefined || notDestination !== undefined;
  return [
    ...(rule.in === undefined || isKey('iifname') ? [] : [`iifname "${token(rule.in)}"`]),
    ...(rule.out === undefined || isKey('oifname') ? [] : [`oifname "${token(rule.out)}"`]),
    ...(family === undefined || hasAddress ? [] : [`meta nfproto ${family}`]),
    ...address('saddr', source),
    ...address('daddr', destination),
    ...address('daddr', notDestination, '!= '),
    ...(protocol === undefined ? [] : [port === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${port}`]),
    ...(state === undefined ? [] : [states[state]]),
    verdictText(rule, ip),
  ].join(' ');
}

const states = { established: 'ct state established,related', redirected: 'ct status dnat' } as const;

function verdictText({ verdict }: Rule, ip: string): string {
  switch (verdict.kind) {
    case 'fill-checksum':
      // none at all, which the receiver need not check: what fills it in comes after a guest has read the packet
      return 'udp checksum set 0';
    case 'source': {
      const ports = verdict.ports === null ? '' : `:${range(verdict.ports)}`;
      if (verdict.addresses === null) return `masquerade${ports === '' ? '' : ` to ${ports}`}`;
      return `snat ${ip} to ${range(verdict.addresses)}${ports}`;
    }
    case 'destination':
      return `dnat ${ip} to ${ip === 'ip6' ? `[${token(verdict.address)}]` : token(verdict.address)}:${verdict.port}`;
    default:
      return verdict.kind;
  }
}

const range = ({ start, end }: Range): string =>
  String(start) === String(end) ? token(start) : `${token(start)}-${token(end)}`;
