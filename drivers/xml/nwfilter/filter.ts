import { randomUUID } from 'node:crypto';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { commentable } from '../comment.ts';
import { textChild } from '../describe/element.ts';
import { draft, inactiveMode, type Draft } from '../describe/part.ts';
import { parseSigned } from '../describe/text.ts';
import { uuidOr } from '../describe/uuid.ts';
import { filterref } from '../net/link-settings.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { attributeOf, isElement, xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import { checkChain, defaultChainPriority, ROOT_CHAIN } from './chains.ts';
import {
  ruleActions,
  ruleDirections,
  type FilterDefinition,
  type FilterInclude,
  type FilterRule,
} from './definition.ts';
import { ruleMatch } from './rule-match.ts';

const { NWFILTER } = ErrorDomain;

/** What chains and rules may have as their priority, up and down. */
const PRIORITY_LIMIT = 1000n;
const RULE_PRIORITY = 500;

const uuid = textChild(
  'uuid',
  uuidOr(() => errors.xmlError('malformed uuid element', NWFILTER)),
);

/**
 * A filter's definition from its document; one without a UUID gets one. Throws what libvirt's driver throws: xmlDetail,
 * xmlError, internalError for an illegal value, invalidArg for a chain, and with `validate` xmlInvalidSchema.
 */
export async function parseFilter(xml: string, validate = false): Promise<FilterDefinition> {
  const check = validate ? await schemaCheck('nwfilter') : undefined;
  const root = await readXml(xml, {
    what: 'nwfilter_definition',
    root: 'filter',
    domain: NWFILTER,
    ...(check === undefined ? {} : { check }),
  });
  return readFilter(root);
}

function readFilter(root: XmlElement): FilterDefinition {
  const name = attributeOf(root, 'name') ?? '';
  if (name === '') throw errors.internalError('filter has no name', NWFILTER);
  if (name.includes('/')) throw errors.xmlError(`name ${name} cannot contain '/'`, NWFILTER);
  const chain = attributeOf(root, 'chain') || ROOT_CHAIN;
  const priority = readChainPriority(attributeOf(root, 'priority'));
  checkChain(chain);
  return {
    name,
    uuid: uuid.read(root, inactiveMode) ?? randomUUID(),
    chain,
    priority: priority ?? defaultChainPriority(chain),
    entries: root.children.filter(isElement).flatMap(readEntry),
  };
}

function readChainPriority(text: string | null): number | null {
  if (text === null) return null;
  const value = parseSigned(text);
  if (value === null) throw errors.invalidArg(`Could not parse chain priority '${text}'`, NWFILTER);
  if (value > PRIORITY_LIMIT || value < -PRIORITY_LIMIT)
    throw errors.invalidArg(
      `Priority '${value}' is outside valid range of [-${PRIORITY_LIMIT},${PRIORITY_LIMIT}]`,
      NWFILTER,
    );
  return Number(value);
}

function readEntry(element: XmlElement): (FilterRule | FilterInclude)[] {
  if (element.name === 'rule') return [readRule(element)];
  return element.name === 'filterref' ? [readInclude(element)] : [];
}

function readInclude(element: XmlElement): FilterInclude {
  const reference = filterref.read({ ...draft('holder'), children: [element] }, inactiveMode);
  if (reference === null) throw errors.internalError('filterref node requires filter attribute', NWFILTER);
  return { kind: 'include', ...reference };
}

function readRule(element: XmlElement): FilterRule {
  return {
    kind: 'rule',
    action: oneOf(element, 'action', ruleActions),
    direction: oneOf(element, 'direction', ruleDirections),
    priority: rulePriority(attributeOf(element, 'priority')),
    stateMatch: !['false', '0'].includes((attributeOf(element, 'statematch') ?? '').toLowerCase()),
    match: ruleMatch.read(element, inactiveMode),
  };
}

function oneOf<const T extends string>(element: XmlElement, name: string, values: readonly T[]): T {
  const text = attributeOf(element, name);
  if (text === null) throw errors.internalError(`rule node requires ${name} attribute`, NWFILTER);
  const found = values.find(value => value === text);
  if (found === undefined) throw errors.configUnsupported(`unknown rule ${name} attribute value`, NWFILTER);
  return found;
}

/** One that is none is the usual one. */
function rulePriority(text: string | null): number {
  const value = text === null ? null : parseSigned(text);
  return value === null || value > PRIORITY_LIMIT || value < -PRIORITY_LIMIT ? RULE_PRIORITY : Number(value);
}

/** The document, laid out as libvirt lays it out. */
export function formatFilter({ name, uuid: id, chain, priority, entries }: FilterDefinition): string {
  const element = draft('filter');
  element.attributes.push({ name: 'name', value: name }, { name: 'chain', value: chain });
  if (priority !== 0) element.attributes.push({ name: 'priority', value: String(priority) });
  element.children.push(xmlElement('uuid', {}, [id]));
  for (const entry of entries) writeEntry(entry, element);
  return formatXml(element);
}

function writeEntry(entry: FilterRule | FilterInclude, to: Draft): void {
  if (entry.kind === 'include')
    return filterref.write({ filter: entry.filter, parameters: [...entry.parameters] }, to, inactiveMode);
  const { action, direction, priority, stateMatch, match } = entry;
  const rule = draft('rule');
  for (const [name, value] of Object.entries({ action, direction, priority }))
    rule.attributes.push({ name, value: String(value) });
  if (!stateMatch) rule.attributes.push({ name: 'statematch', value: 'false' });
  ruleMatch.write(match, rule, inactiveMode);
  to.children.push(rule);
}

/** The text of `/etc/libvirt/nwfilter/NAME.xml`. */
export const formatStoredFilter = (definition: FilterDefinition): string =>
  `<!--
This file is written by the daemon that applies the filter: a change made here is lost with its next write.
To change the filter, use
  virsh nwfilter-edit ${commentable(definition.name)}
or another program that talks to the daemon.
-->

${formatFilter(definition)}`;
