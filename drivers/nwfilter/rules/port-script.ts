import type { PortRules } from './port-rules.ts';
import { directions, type Direction, type PortNames } from './port-names.ts';

/** Where a port's frames are seen: with all of a bridge's, found by its name, or at the link itself. */
export const families = ['bridge', 'netdev'] as const;
export type Family = (typeof families)[number];

/** Names of what a port has in its table now. */
export interface PortObjects {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
}

export const noObjects: PortObjects = { chains: [], sets: [] };

/** Frames come to a port's chains before anybody else's rules, and leave through them after all of them. */
const bridgeHooks = {
  out: { map: 'out', chain: 'prerouting', hook: 'prerouting priority -350', key: 'iifname' },
  in: { map: 'in', chain: 'postrouting', hook: 'postrouting priority 350', key: 'oifname' },
} as const satisfies Record<Direction, object>;

const linkHooks = { out: 'ingress', in: 'egress' } as const satisfies Record<Direction, string>;

/** Bridges hand the frames of their own protocols to the host by another way. */
const OWN_PROTOCOLS = 'ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00';

/** What the tables hold besides ports. With one rule for each direction it does not matter how many there are. */
export function tableLines(family: Family, table: string): string[] {
  const name = `${family} ${table}`;
  if (family === 'netdev') return [`add table ${name}`];
  const chain = (chainName: string, hook: string, rule: string): string[] => [
    `add chain ${name} ${chainName} { type filter hook ${hook}; policy accept; }`,
    `flush chain ${name} ${chainName}`,
    `add rule ${name} ${chainName} ${rule}`,
  ];
  const { out } = bridgeHooks;
  return [
    `add table ${name}`,
    ...directions.map(direction => `add map ${name} ${bridgeHooks[direction].map} { type ifname : verdict; }`),
    ...directions.flatMap(direction => {
      const { chain: own, hook, key, map } = bridgeHooks[direction];
      return chain(own, hook, `${key} vmap @${map}`);
    }),
    ...chain('input', 'input priority -350', `${OWN_PROTOCOLS} ${out.key} vmap @${out.map}`),
  ];
}

/** Replaces what a port has. What stays by its name keeps what it remembers; nothing is open in between. */
export function replaceLines(
  family: Family,
  table: string,
  { names, chains, sets }: PortRules,
  had: PortObjects,
): string[] {
  const name = `${family} ${table}`;
  const gone = had.chains.filter(chain => !chains.has(chain) && !isHook(names, chain));
  return [
    ...had.chains.filter(chain => !isHook(names, chain)).map(chain => `flush chain ${name} ${chain}`),
    ...[...sets].map(([set, text]) => `add set ${name} ${set} { ${text} }`),
    ...[...chains.keys()].map(chain => `add chain ${name} ${chain}`),
    ...[...chains].flatMap(([chain, lines]) => lines.map(line => `add rule ${name} ${chain} ${line}`)),
    ...gone.map(chain => `delete chain ${name} ${chain}`),
    ...had.sets.filter(set => !sets.has(set)).map(set => `delete set ${name} ${set}`),
    ...directions.flatMap(direction => attachLines(family, name, names, direction)),
  ];
}

function attachLines(family: Family, name: string, names: PortNames, direction: Direction): string[] {
  const to = names.frames(direction);
  if (family === 'bridge')
    return [`add element ${name} ${bridgeHooks[direction].map} { "${names.port}" : goto ${to} }`];
  const hook = names.hook(direction);
  const device = `{ type filter hook ${linkHooks[direction]} device "${names.port}" priority 0; policy accept; }`;
  return [`add chain ${name} ${hook} ${device}`, `flush chain ${name} ${hook}`, `add rule ${name} ${hook} goto ${to}`];
}

const isHook = (names: PortNames, chain: string): boolean =>
  directions.some(direction => names.hook(direction) === chain);

/** Takes away what a port has. */
export function removeLines(family: Family, table: string, names: PortNames, { chains, sets }: PortObjects): string[] {
  const name = `${family} ${table}`;
  const detach = (direction: Direction): string[] => [
    ...attachLines(family, name, names, direction).slice(0, 1),
    `delete element ${name} ${bridgeHooks[direction].map} { "${names.port}" }`,
  ];
  const frames = directions.map(direction => names.frames(direction));
  return [
    ...(family === 'bridge' && chains.includes(frames[0] ?? '') ? directions.flatMap(detach) : []),
    ...chains.map(chain => `flush chain ${name} ${chain}`),
    ...chains.map(chain => `delete chain ${name} ${chain}`),
    ...sets.map(set => `delete set ${name} ${set}`),
  ];
}

/** What a port has once `replaceLines` has been applied. */
export const objectsOf = (family: Family, { names, chains, sets }: PortRules): PortObjects => ({
  chains: [...(family === 'netdev' ? directions.map(direction => names.hook(direction)) : []), ...chains.keys()],
  sets: [...sets.keys()],
});

/** The port that a chain or set of ours belongs to; null for what is everybody's. */
export function portOf(name: string): string | null {
  const [kind = '', port = null] = name.split('/');
  return ['out', 'in', 'flows', 'address'].includes(kind) ? port : null;
}
