import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { draft, liveOnly, mapped, orElse, record, type Draft, type Mode, type Part } from '../describe/part.ts';
import { anyBase, missingAttribute, oneOf, string } from '../describe/text.ts';
import { ips, routes } from '../net/addresses.ts';
import { attributeOf, childOf, type XmlElement } from '../tree.ts';
import type { ActualInterface, InterfaceDevice, PciPlace } from './definition.ts';
import { xmlError } from './errors.ts';

/** Which attribute of `<source>` names what a type is connected to. */
const sourceAttribute: Readonly<Record<string, string>> = {
  network: 'network',
  bridge: 'bridge',
  direct: 'dev',
  internal: 'name',
};

/** Types that say where they are connected. */
const needSource = new Set(['network', 'bridge', 'direct', 'internal']);

const sourceElement = record({
  hostIps: ips,
  hostRoutes: routes,
});

const modes = oneOf(['vepa', 'bridge', 'private', 'passthrough']);

const pciPlace = mapped(
  record({
    type: attribute('type', string),
    domain: requiredAttribute('domain', anyBase(0xffff_ffff, 4)),
    bus: requiredAttribute('bus', anyBase(0xff, 2)),
    slot: requiredAttribute('slot', anyBase(0x1f, 2)),
    function: requiredAttribute('function', anyBase(7, 1)),
  }),
  ({ domain, bus, slot, function: fn }): PciPlace => ({ domain, bus, slot, function: fn }),
  place => ({ type: 'pci', ...place }),
);

const actualSource = record({
  bridge: attribute('bridge', string),
  dev: attribute('dev', string),
  directMode: attribute('mode', modes),
  address: child('address', pciPlace),
});

const notResolved = { bridge: null, dev: null, directMode: null, address: null };

/** `<actual>`, in status files alone: what a network resolved to. */
export const actual: Part<ActualInterface | null> = liveOnly(
  mapped(
    child(
      'actual',
      record({
        type: orElse(attribute('type', oneOf(['network', 'bridge', 'direct', 'hostdev'])), 'network'),
        managed: attribute('managed', oneOf(['yes', 'no'])),
        source: child('source', actualSource),
      }),
    ),
    value => (value === null ? null : { ...notResolved, ...value.source, type: value.type, managed: value.managed }),
    value => (value === null ? null : { type: value.type, managed: value.managed, source: value }),
  ),
);

/** Where an interface is connected. */
export type Source = Pick<
  InterfaceDevice,
  'type' | 'source' | 'portgroup' | 'portId' | 'actual' | 'directMode' | 'hostIps' | 'hostRoutes'
>;

const unconnected: Source = {
  type: 'user',
  source: null,
  portgroup: null,
  portId: null,
  actual: null,
  directMode: null,
  hostIps: [],
  hostRoutes: [],
};

export function readSource(from: XmlElement, kind: InterfaceDevice['type'], mode: Mode): Source {
  const element = childOf(from, 'source');
  const none: Source = { ...unconnected, type: kind };
  const key = sourceAttribute[kind];
  const source = element === null || key === undefined ? null : attributeOf(element, key);
  if (source === null && needSource.has(kind))
    throw element === null || key === undefined
      ? xmlError(`interface type='${kind}' requires a 'source' element`)
      : missingAttribute(element, key);
  if (element === null) return none;
  if (kind === 'network')
    return {
      ...none,
      source,
      portgroup: attributeOf(element, 'portgroup'),
      portId: mode.live ? attributeOf(element, 'portid') : null,
      actual: actual.read(from, mode),
    };
  if (kind === 'direct') return { ...none, source, directMode: attribute('mode', modes).read(element, mode) ?? 'vepa' };
  return kind === 'ethernet' ? { ...none, ...sourceElement.read(element, mode) } : { ...none, source };
}

export function writeSource(value: Source, to: Draft, mode: Mode): void {
  const element = draft('source');
  const key = sourceAttribute[value.type];
  if (value.source !== null && key !== undefined) element.attributes.push({ name: key, value: value.source });
  attribute('portgroup', string).write(value.portgroup, element, mode);
  if (mode.live) attribute('portid', string).write(value.portId, element, mode);
  if (isPublic(value, mode)) actualSource.write(value.actual, element, mode);
  attribute('mode', modes).write(value.directMode, element, mode);
  sourceElement.write(value, element, mode);
  if (element.attributes.length > 0 || element.children.length > 0) to.children.push(element);
}

/** Types whose source is kept as it is written. */
export const ownSource = (kind: InterfaceDevice['type']): boolean =>
  sourceAttribute[kind] === undefined && kind !== 'ethernet';

/** Clients see what a network resolved to as the interface's own type and source. */
export const isPublic = <T extends Source>(value: T, mode: Mode): value is T & { actual: ActualInterface } =>
  value.actual !== null && mode.live && !mode.status && !mode.migratable;
