import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { MatchValue, RuleMatch, Variable } from '../../xml/nwfilter/definition.ts';
import { protocols } from '../../xml/nwfilter/protocols.ts';
import { variableText } from '../../xml/nwfilter/rule-match.ts';
import type { Variables } from '../filter-tree.ts';

/** What a packet's field is compared with. */
export interface Operand {
  /** As documents write it, with every variable replaced. */
  readonly text: string;
  readonly negated: boolean;
  /** The text is the name of a set of addresses that the port itself learns. */
  readonly learned: boolean;
}

/** The values of a rule once its variables have theirs. */
export type Operands = ReadonlyMap<string, Operand>;

/** What stands for the port's address until it is known. */
export interface LearnedAddress {
  readonly variable: string;
  readonly set: string;
}

/** Rules that one rule may become by its lists. */
const MAX_PRODUCT = 4_096;

/**
 * A match for every combination of the elements of its lists: those of one iterator go in step, those of different
 * iterators are combined. Throws internalError for a variable without a value, for lists that do not go in step and for a
 * value that its attribute cannot have; configUnsupported for too many combinations.
 */
export function concreteMatches(match: RuleMatch, variables: Variables, learned: LearnedAddress | null): Operands[] {
  const iterators = iteratorLengths(match, variables, learned);
  let combinations: ReadonlyMap<number, number>[] = [new Map()];
  for (const [id, length] of iterators) {
    if (combinations.length * length > MAX_PRODUCT)
      throw errors.configUnsupported(
        `the lists of a rule make more than ${MAX_PRODUCT} combinations`,
        ErrorDomain.NWFILTER,
      );
    combinations = combinations.flatMap(each => Array.from({ length }, (_, at) => new Map(each).set(id, at)));
  }
  return combinations.map(at => operands(match, variables, learned, at));
}

/** What was given need not be learned. */
const isLearned = ({ name }: Variable, variables: Variables, learned: LearnedAddress | null): boolean =>
  name === learned?.variable && !variables.has(name);

function iteratorLengths(match: RuleMatch, variables: Variables, learned: LearnedAddress | null): Map<number, number> {
  const lengths = new Map<number, number>();
  for (const { variable } of match.values.values()) {
    if (variable === null || isLearned(variable, variables, learned) || variable.access.kind !== 'iterator') continue;
    const { length } = listOf(variable, variables);
    const { id } = variable.access;
    if ((lengths.get(id) ?? length) !== length)
      throw errors.internalError(
        'Cardinality of list items must be the same for processing them in parallel',
        ErrorDomain.NWFILTER,
      );
    lengths.set(id, length);
  }
  return lengths;
}

function operands(
  { protocol, values }: RuleMatch,
  variables: Variables,
  learned: LearnedAddress | null,
  at: ReadonlyMap<number, number>,
): Operands {
  const concrete = new Map<string, Operand>();
  for (const [name, value] of values) {
    if (learned !== null && value.variable !== null && isLearned(value.variable, variables, learned))
      concrete.set(name, { text: learned.set, negated: value.negated, learned: true });
    else
      concrete.set(name, {
        text: textOf(protocol, name, value, variables, at),
        negated: value.negated,
        learned: false,
      });
  }
  return concrete;
}

function textOf(
  protocol: string,
  name: string,
  { text, variable }: MatchValue,
  variables: Variables,
  at: ReadonlyMap<number, number>,
): string {
  if (variable === null) return text;
  const { access } = variable;
  const value = listOf(variable, variables)[access.kind === 'index' ? access.at : (at.get(access.id) ?? 0)];
  if (value === undefined) throw unresolved(variable);
  const normal = protocols.get(protocol)?.get(name)?.(value) ?? null;
  if (normal === null)
    throw errors.internalError(`variable '${variable.name}': ${name} has illegal value ${value}`, ErrorDomain.NWFILTER);
  return normal;
}

function listOf(variable: Variable, variables: Variables): readonly string[] {
  const list = variables.get(variable.name);
  if (list === undefined || list.length === 0) throw unresolved(variable);
  return list;
}

const unresolved = (variable: Variable): LibvirtError =>
  errors.internalError(
    `Cannot instantiate filter due to unresolvable variables or unavailable list elements: ${variableText(variable).slice(1)}`,
    ErrorDomain.NWFILTER,
  );
