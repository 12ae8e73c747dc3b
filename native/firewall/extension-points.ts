import { token, type NetworkRules, type Rule } from './rule.ts';

/**
 * Products that put their rules into iptables' own chains and drop what they do not know leave a chain to others, for
 * rules that come before theirs. These are the documented ones, and which of the network's packets pass there.
 */
const points = [
  // Docker: "Add iptables policies before Docker's rules"
  { chain: 'DOCKER-USER', families: ['ipv4', 'ipv6'], passes: 'forward' },
  // ufw: what "ufw route allow" and "ufw allow" fill
  { chain: 'ufw-user-forward', families: ['ipv4'], passes: 'forward' },
  { chain: 'ufw6-user-forward', families: ['ipv6'], passes: 'forward' },
  { chain: 'ufw-user-input', families: ['ipv4'], passes: 'input' },
  { chain: 'ufw6-user-input', families: ['ipv6'], passes: 'input' },
] as const;

const suffixes = { forward: 'XFW', input: 'XIN' } as const;
type Passes = keyof typeof suffixes;

/**
 * For `iptables-restore --noflush`: chains of our own that accept what our networks' rules have not rejected, and the jumps
 * to them. Without networks both go. Empty when nobody leaves us a chain, or all is there. `present` is what `iptables-save -t filter` prints.
 */
export function extensionText(
  prefix: string,
  family: 'ipv4' | 'ipv6',
  networks: readonly NetworkRules[],
  present: string,
): string {
  const lines = present.split('\n');
  const found = points.filter(
    ({ chain, families }) => families.some(one => one === family) && lines.some(line => line.startsWith(`:${chain} `)),
  );
  const body = (['forward', 'input'] as const).flatMap(passes => {
    const name = `${token(prefix)}_${suffixes[passes]}`;
    const jumps = found.filter(point => point.passes === passes).map(({ chain }) => `${chain} -j ${name}`);
    const isThere = lines.some(line => line.startsWith(`:${name} `));
    if (jumps.length === 0 && !isThere) return [];
    if (networks.length === 0) return isThere ? removal(name, lines) : [];
    const rules = networks
      .flatMap(network => acceptRules(network, passes, family))
      .map(rule => `-A ${name} ${rule} -j ACCEPT`);
    const missing = jumps.filter(jump => !lines.includes(`-A ${jump}`));
    const there = lines.filter(line => line.startsWith(`-A ${name} `));
    if (isThere && missing.length === 0 && there.join('\n') === rules.join('\n')) return [];
    return [`:${name} - [0:0]`, ...rules, ...missing.map(jump => `-I ${jump}`)];
  });
  return body.length === 0 ? '' : `*filter\n${body.join('\n')}\nCOMMIT\n`;
}

const removal = (name: string, lines: readonly string[]): string[] => [
  ...lines
    .filter(line => line.startsWith('-A ') && line.endsWith(` -j ${name}`))
    .map(line => line.replace(/^-A/, '-D')),
  `-F ${name}`,
  `-X ${name}`,
];

/** As `iptables-save` prints them. */
function acceptRules({ bridge, rules }: NetworkRules, passes: Passes, family: 'ipv4' | 'ipv6'): string[] {
  const link = token(bridge);
  if (passes === 'forward') return [`-i ${link}`, `-o ${link}`];
  return rules
    .filter((rule): rule is Rule & { port: number } => rule.section === 'input' && rule.port !== undefined)
    .filter(rule => rule.family === undefined || rule.family === family)
    .map(({ protocol = 'udp', port }) => `-i ${link} -p ${protocol} -m ${protocol} --dport ${port}`);
}
