import type { FilterRule } from '../../xml/nwfilter/definition.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { PlacedRule } from '../filter-tree.ts';
import { concreteMatches, type LearnedAddress, type Operands } from './concrete-rule.ts';
import { reversed } from './directed.ts';
import { established, unknown } from './flows.ts';
import { looksAt } from './frame-rules.ts';
import { namedStates, packetMatch, packetProtocol, type PacketProtocol } from './packet-match.ts';
import { directions, type Direction, type PortNames } from './port-names.ts';

export interface PacketContext {
  readonly names: PortNames;
  readonly learned: LearnedAddress | null;
  /** Whether what comes from the guest can be told of its rejection; what goes to it cannot. */
  readonly canReject: boolean;
}

export interface PacketRules {
  readonly out: readonly string[];
  readonly in: readonly string[];
  /** Whether some rule asks for what was seen before. */
  readonly asksForFlows: boolean;
}

const ICMP: ReadonlySet<string> = new Set(['icmp', 'icmpv6']);

/** The rules that see packets, of both directions, by their priorities. */
export function packetRules(rules: readonly PlacedRule[], context: PacketContext): PacketRules {
  const lines: Record<Direction, string[]> = { out: [], in: [] };
  let asksForFlows = false;
  for (const placed of rules.toSorted((a, b) => a.rule.priority - b.rule.priority)) {
    const { match } = placed.rule;
    if (match === null) continue;
    for (const operands of concreteMatches(match, placed.variables, context.learned))
      for (const direction of directions) {
        const made = directedLines(placed.rule, match.protocol, operands, direction, context);
        lines[direction].push(...made.texts);
        asksForFlows ||= made.asksForFlows;
      }
  }
  return { ...lines, asksForFlows };
}

interface DirectedLines {
  readonly texts: readonly string[];
  readonly asksForFlows: boolean;
}

const none: DirectedLines = { texts: [], asksForFlows: false };

/**
 * A rule is also about the way back, with both ends exchanged. There, an accepted connection's packets are accepted; a
 * state that the rule names itself counts for its own direction alone, and so does a type of ICMP.
 */
function directedLines(
  rule: FilterRule,
  protocol: string,
  operands: Operands,
  direction: Direction,
  context: PacketContext,
): DirectedLines {
  const then = verdictOf(rule, direction, context);
  if (then === null) return none;
  const own = looksAt(rule, direction);
  const states = namedStates(operands);
  const typed = ICMP.has(protocol) && (operands.has('type') || operands.has('code'));
  if (!own && (states !== null || typed)) return none;
  const isBack = rule.direction === 'inout' ? direction === 'out' : !own;
  const match = packetMatch(protocol, isBack && !typed ? reversed(operands) : operands).join(' ');
  const needed = statesNeeded(rule, states, own, context.names, direction, packetProtocol(protocol));
  if (needed === null) return { texts: [`${match} ${then}`], asksForFlows: remembers(rule, states) };
  return { texts: needed.map(state => `${match} ${state} ${then}`), asksForFlows: true };
}

/** Whether the way back of what a rule accepts must be known. */
const remembers = ({ action, stateMatch, direction }: FilterRule, states: ReturnType<typeof namedStates>): boolean =>
  action === 'accept' && stateMatch && direction !== 'inout' && states === null;

/** Comparisons of which one must hold besides; null when the state does not matter. */
function statesNeeded(
  rule: FilterRule,
  states: ReturnType<typeof namedStates>,
  own: boolean,
  names: PortNames,
  direction: Direction,
  protocol: PacketProtocol,
): string[] | null {
  if (states === 'none') return null;
  if (states === null) return remembers(rule, null) && !own ? established(names, direction, protocol) : null;
  const [isNew, isOld] = [states.includes('NEW'), states.includes('ESTABLISHED')];
  if (isNew && isOld) return null;
  if (isNew) return unknown(names, direction, protocol);
  if (isOld) return established(names, direction, protocol);
  throw errors.configUnsupported(
    `network filters cannot match packets whose only state is ${states.join(' or ')} here`,
    ErrorDomain.NWFILTER,
  );
}

/** Packets that leave the rules have been accepted. */
function verdictOf({ action }: FilterRule, direction: Direction, { names, canReject }: PacketContext): string | null {
  if (action === 'continue') return null;
  if (action === 'accept' || action === 'return') return `goto ${names.seen(direction)}`;
  return action === 'reject' && canReject && direction === 'out' ? 'reject' : 'drop';
}
