import { attribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { inactiveMode, mapped, record, type Part } from '../describe/part.ts';
import { anyBase, string } from '../describe/text.ts';
import { attributeOf, isElement, type XmlElement } from '../tree.ts';

/** `<alias name=…/>` */
export const deviceAlias: Part<string | null> = mapped(
  child('alias', record({ name: attribute('name', string) })),
  value => value?.name ?? null,
  value => (value === null ? null : { name: value }),
);

const pciDigits: Readonly<Record<string, number>> = { domain: 4, bus: 2, slot: 2, function: 1 };

/** PCI addresses come back complete and in hexadecimal; all others as they are. */
export function normalAddress(element: XmlElement, always = false): XmlElement {
  if (element.name !== 'address' || !(always || attributeOf(element, 'type') === 'pci')) return element;
  const kept = element.attributes.filter(({ name }) => pciDigits[name] === undefined && name === 'type');
  const after = element.attributes.filter(({ name }) => pciDigits[name] === undefined && name !== 'type');
  const numbers = Object.entries(pciDigits).map(([name, digits]) => ({
    name,
    value: `0x${(Number(attributeOf(element, name) ?? '0') || 0).toString(16).padStart(digits, '0')}`,
  }));
  return { ...element, attributes: [...kept, ...numbers, ...after] };
}

/** A device's element with what is the same for all devices checked and in libvirt's form: addresses, boot orders. */
export function normalPart(element: XmlElement): XmlElement {
  if (element.name === 'address') return normalAddress(element);
  if (element.name === 'boot') bootOrder.read(element, inactiveMode);
  return { ...element, children: element.children.map(child => (isElement(child) ? normalPart(child) : child)) };
}

const bootOrder = attribute('order', anyBase(0xffff_ffff, null, false));
