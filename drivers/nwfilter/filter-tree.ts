import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { FilterDefinition, FilterParameter, FilterRule } from '../xml/nwfilter/definition.ts';

/** Finds a filter by its name. */
export type FindFilter = (name: string) => FilterDefinition | undefined;

/** Lists of values by the variables' names. */
export type Variables = ReadonlyMap<string, readonly string[]>;

/** A rule of a filter or of one that it includes, with the chain that it belongs to and the variables that it sees. */
export interface PlacedRule {
  readonly rule: FilterRule;
  readonly chain: string;
  readonly chainPriority: number;
  readonly variables: Variables;
}

/** More than any real filter includes; a filter that includes others many times over grows without end otherwise. */
const MAX_INCLUDES = 1_000;
const MAX_RULES = 20_000;

export function variablesOf(parameters: readonly FilterParameter[]): Map<string, string[]> {
  const variables = new Map<string, string[]>();
  for (const { name, value } of parameters) {
    const list = variables.get(name) ?? [];
    if (!list.includes(value)) list.push(value);
    variables.set(name, list);
  }
  return variables;
}

/**
 * All rules that a filter stands for. What is said outside wins over the parameters of an include. Throws internalError
 * for an include that is not there, configUnsupported for more than a port can have.
 */
export function placedRules(name: string, variables: Variables, find: FindFilter): PlacedRule[] {
  const rules: PlacedRule[] = [];
  let includes = 0;
  const walk = (filterName: string, seen: Variables, above: readonly string[]): void => {
    const filter = find(filterName);
    if (filter === undefined)
      throw errors.internalError(`referenced filter '${filterName}' is missing`, ErrorDomain.NWFILTER);
    if (above.includes(filterName)) throw errors.operationFailed('filter would introduce a loop', ErrorDomain.NWFILTER);
    if (++includes > MAX_INCLUDES || rules.length + filter.entries.length > MAX_RULES)
      throw errors.configUnsupported(`filter '${name}' stands for too many rules`, ErrorDomain.NWFILTER);
    const { chain, priority: chainPriority } = filter;
    for (const entry of filter.entries)
      if (entry.kind === 'rule') rules.push({ rule: entry, chain, chainPriority, variables: seen });
      else walk(entry.filter, new Map([...variablesOf(entry.parameters), ...seen]), [...above, filterName]);
  };
  walk(name, variables, []);
  return rules;
}

/** The filters that a filter includes, directly or not, and itself. One that is not there is among them. */
export function reachedFilters(name: string, find: FindFilter): Set<string> {
  const reached = new Set([name]);
  for (const each of reached)
    for (const entry of find(each)?.entries ?? []) if (entry.kind === 'include') reached.add(entry.filter);
  return reached;
}

/** Throws operationFailed when a definition would include itself. */
export function checkNoLoop(definition: FilterDefinition, find: FindFilter): void {
  const withNew: FindFilter = name => (name === definition.name ? definition : find(name));
  for (const entry of definition.entries)
    if (entry.kind === 'include' && reachedFilters(entry.filter, withNew).has(definition.name))
      throw errors.operationFailed('filter would introduce a loop', ErrorDomain.NWFILTER);
}
