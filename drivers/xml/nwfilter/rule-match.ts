import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { draft, type Part } from '../describe/part.ts';
import { attributeOf, isElement, type XmlElement } from '../tree.ts';
import type { MatchValue, RuleMatch, Variable } from './definition.ts';
import { protocols, type Attributes } from './protocols.ts';
import { numberOf } from './value-kinds.ts';

const VARIABLE = /^\$([a-zA-Z0-9_]+)(?:\[ *(@?)([0-9]{1,5}) *\])? *$/;
/** More than any list has elements. */
const MAX_ITERATOR = 1000;

/** The protocol's element of a rule: the first that is one decides, others of that name add to it or replace what it says. */
export const ruleMatch: Part<RuleMatch | null> = {
  read(from) {
    const elements = from.children.filter(isElement);
    const protocol = elements.find(({ name }) => protocols.has(name))?.name;
    const attributes = protocol === undefined ? undefined : protocols.get(protocol);
    if (protocol === undefined || attributes === undefined) return null;
    const values = new Map<string, MatchValue>();
    for (const element of elements) if (element.name === protocol) readValues(element, attributes, values);
    if (values.has('ipsetflags') && !values.has('ipset')) values.delete('ipsetflags');
    checkPorts(protocol, values);
    return { protocol, values: inOrder(values, attributes) };
  },
  write(value, to) {
    if (value === null) return;
    const written = [...value.values];
    const negated = written.filter(([, each]) => each.negated);
    const positive = written.filter(([, each]) => !each.negated);
    if (negated.length > 0) to.children.push(matchElement(value.protocol, negated, true));
    if (positive.length > 0 || negated.length === 0) to.children.push(matchElement(value.protocol, positive, false));
  },
};

function matchElement(name: string, values: readonly [string, MatchValue][], negated: boolean): XmlElement {
  const element = draft(name);
  if (negated) element.attributes.push({ name: 'match', value: 'no' });
  for (const [attribute, { text }] of values) element.attributes.push({ name: attribute, value: text });
  return element;
}

function readValues(element: XmlElement, attributes: Attributes, values: Map<string, MatchValue>): void {
  const negated = attributeOf(element, 'match') === 'no';
  for (const [name, normal] of attributes) {
    const text = attributeOf(element, name);
    if (text === null) continue;
    const variable = text.startsWith('$') && name !== 'comment' ? parseVariable(name, text) : null;
    const written = variable === null ? normal(text) : variableText(variable);
    if (written === null) throw illegal(name, text);
    values.set(name, { text: written, variable, negated: negated && name !== 'comment' });
  }
}

const inOrder = (values: ReadonlyMap<string, MatchValue>, attributes: Attributes): Map<string, MatchValue> =>
  new Map(
    [...attributes.keys()].flatMap(name => {
      const value = values.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

const illegal = (name: string, text: string): LibvirtError =>
  errors.internalError(`${name} has illegal value ${text}`, ErrorDomain.NWFILTER);

function parseVariable(attribute: string, text: string): Variable {
  const match = VARIABLE.exec(text);
  const number = numberOf(match?.[3] ?? '0');
  const isIndex = match?.[2] === '';
  if (match === null || (!isIndex && number > MAX_ITERATOR)) throw illegal(attribute, text);
  const name = match[1] ?? '';
  return { name, access: isIndex ? { kind: 'index', at: number } : { kind: 'iterator', id: number } };
}

/** The first iterator is the one of a variable without any, and is not written. */
export function variableText({ name, access }: Variable): string {
  if (access.kind === 'index') return `$${name}[${access.at}]`;
  return access.id === 0 ? `$${name}` : `$${name}[@${access.id}]`;
}

/** Protocols of `<ip>` and `<ipv6>` that have ports. */
const withPorts = new Set(['tcp', 'udp', '33', '0x21', 'sctp']);

function checkPorts(protocol: string, values: ReadonlyMap<string, MatchValue>): void {
  if (protocol !== 'ip' && protocol !== 'ipv6') return;
  if (![...values.keys()].some(name => name.startsWith('srcport') || name.startsWith('dstport'))) return;
  const inner = values.get('protocol');
  if (inner !== undefined && (inner.variable !== null || withPorts.has(inner.text))) return;
  throw errors.internalError(
    'IP rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)',
    ErrorDomain.NWFILTER,
  );
}
