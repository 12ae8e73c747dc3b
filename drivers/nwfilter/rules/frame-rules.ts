import { chainKind, ROOT_CHAIN, type ChainKind } from '../../xml/nwfilter/chains.ts';
import type { FilterRule } from '../../xml/nwfilter/definition.ts';
import type { PlacedRule } from '../filter-tree.ts';
import { concreteMatches, type LearnedAddress, type Operands } from './concrete-rule.ts';
import { reversed } from './directed.ts';
import { BRIDGE_GROUP, frameMatches, ofType } from './frame-match.ts';
import type { Direction, PortNames } from './port-names.ts';

/** Chains of nft by their names, each with its rules. */
export type Chains = Map<string, string[]>;

/** Which frames come into a chain. */
const entrances: Readonly<Record<ChainKind, string>> = {
  mac: '',
  vlan: `${ofType('vlan')} `,
  stp: `ether daddr ${BRIDGE_GROUP} `,
  arp: `${ofType('arp')} `,
  rarp: `${ofType('rarp')} `,
  ipv4: `${ofType('ipv4')} `,
  ipv6: `${ofType('ipv6')} `,
};

interface Line {
  readonly priority: number;
  readonly text: string;
}

const byPriority = (a: Line, b: Line): number => a.priority - b.priority;

/** Whether a rule looks at what goes in that direction. */
export const looksAt = ({ direction: of }: FilterRule, direction: Direction): boolean =>
  of === 'inout' || of === direction;

/**
 * The chains that see a port's frames in one direction. The root's and the others' places among them are told by their
 * priorities. `accepted` is where a frame goes on that is accepted, and one that nobody is about.
 */
export function frameChains(
  rules: readonly PlacedRule[],
  { names, direction, accepted, learned, first }: FrameContext,
): Chains {
  const root: Line[] = [];
  const inner = new Map<string, { priority: number; lines: Line[] }>();
  for (const placed of rules) {
    if (!looksAt(placed.rule, direction)) continue;
    const isRoot = placed.chain === ROOT_CHAIN;
    const chain = inner.get(placed.chain) ?? { priority: placed.chainPriority, lines: [] };
    if (!isRoot) inner.set(placed.chain, chain);
    (isRoot ? root : chain.lines).push(...ruleLines(placed, direction, verdicts(accepted, isRoot), learned));
  }
  const chains: Chains = new Map();
  for (const [number, [chain, { priority, lines }]] of [...inner].entries()) {
    const name = names.chain(direction, number);
    chains.set(name, texts(lines));
    const kind = chainKind(chain);
    root.push({ priority, text: `${kind === null ? '' : entrances[kind]}jump ${name}` });
  }
  chains.set(names.frames(direction), [...first, ...texts(root), accepted]);
  return chains;
}

export interface FrameContext {
  readonly names: PortNames;
  readonly direction: Direction;
  readonly accepted: string;
  readonly learned: LearnedAddress | null;
  /** What stands in front of all. */
  readonly first: readonly string[];
}

const texts = (lines: readonly Line[]): string[] => lines.toSorted(byPriority).map(({ text }) => text);

/** A frame that is rejected is dropped: nobody could be told. Whoever leaves the root has been accepted. */
const verdicts = (accepted: string, isRoot: boolean): Readonly<Record<FilterRule['action'], string | null>> => ({
  accept: accepted,
  drop: 'drop',
  reject: 'drop',
  return: isRoot ? accepted : 'return',
  continue: null,
});

function ruleLines(
  { rule, variables }: PlacedRule,
  direction: Direction,
  verdict: Readonly<Record<FilterRule['action'], string | null>>,
  learned: LearnedAddress | null,
): Line[] {
  const then = verdict[rule.action];
  if (then === null) return [];
  const { match, priority } = rule;
  if (match === null) return [{ priority, text: then }];
  const compare = frameMatches[match.protocol];
  if (compare === undefined) return [];
  const turn = rule.direction === 'inout' && direction === 'out' ? reversed : (operands: Operands) => operands;
  return concreteMatches(match, variables, learned).map(operands => ({
    priority,
    text: [...compare(turn(operands)), then].join(' '),
  }));
}
