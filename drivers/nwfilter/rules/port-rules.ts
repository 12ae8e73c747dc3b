import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { BindingDefinition } from '../../xml/nwfilter/definition.ts';
import { frameProtocols } from '../../xml/nwfilter/protocols.ts';
import { placedRules, variablesOf, type FindFilter, type PlacedRule } from '../filter-tree.ts';
import { flowSets, seenRules } from './flows.ts';
import { frameChains, type Chains } from './frame-rules.ts';
import { learning } from './learning.ts';
import { packetRules } from './packet-rules.ts';
import { directions, PortNames, type Direction } from './port-names.ts';

/** What nft is to have for one port. */
export interface PortRules {
  readonly names: PortNames;
  /** By name, in the order in which they can be filled. */
  readonly chains: Chains;
  /** Sets by name, each with what it is. */
  readonly sets: ReadonlyMap<string, string>;
}

/** Rules of nft that one port may have. */
const MAX_LINES = 30_000;

const seesFrames = ({ rule }: PlacedRule): boolean => rule.match === null || frameProtocols.has(rule.match.protocol);

/**
 * What a binding's filter means for its port. Throws internalError and configUnsupported, each with what there is no
 * filter, no value or no means for.
 */
export function portRules(binding: BindingDefinition, find: FindFilter, canReject: boolean): PortRules {
  const { filterref, mac } = binding;
  const names = new PortNames(binding.portDev);
  const variables = new Map([['MAC', [mac]], ...variablesOf(filterref.parameters)]);
  const placed = placedRules(filterref.filter, variables, find);
  const learned = learning(names, mac, placed, variables, filterref.filter);
  const packets = packetRules(
    placed.filter(rule => !seesFrames(rule)),
    { names, learned, canReject },
  );
  const frames = placed.filter(seesFrames);
  const chains: Chains = new Map();
  const add = (made: Chains): void => made.forEach((lines, name) => chains.set(name, lines));
  for (const direction of directions) {
    const lines = packets[direction];
    const accepted = lines.length === 0 && !packets.asksForFlows ? 'accept' : `goto ${names.packets(direction)}`;
    const first = learned?.rules[direction] ?? [];
    add(frameChains(frames, { names, direction, accepted, learned, first }));
    if (accepted !== 'accept') add(packetChains(names, direction, lines, packets.asksForFlows));
  }
  checkSize(chains, filterref.filter);
  const sets = [
    ...(learned === null ? [] : [[learned.set, learned.setText] as const]),
    ...(packets.asksForFlows ? flowSets(names) : []),
  ];
  return { names, chains, sets: new Map(sets) };
}

function packetChains(names: PortNames, direction: Direction, lines: readonly string[], remembers: boolean): Chains {
  const seen = names.seen(direction);
  return new Map([
    [seen, remembers ? seenRules(names, direction) : ['accept']],
    [names.packets(direction), [...lines, `goto ${seen}`]],
  ]);
}

function checkSize(chains: Chains, filter: string): void {
  let lines = 0;
  for (const chain of chains.values()) lines += chain.length;
  if (lines > MAX_LINES)
    throw errors.configUnsupported(`filter '${filter}' stands for more than ${MAX_LINES} rules`, ErrorDomain.NWFILTER);
}
