import { attribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { inactiveMode, mapped, record, type Part } from '../describe/part.ts';
import { anyBase, string } from '../describe/text.ts';
import { attributeOf, isElement, type XmlElement } from '../tree.ts';

/** `<alias name=…/>` */
const deviceAlias: Part<string | null> = mapped(
  child('alias', record({ name: attribute('name', string) })),
  value => value?.name ?? null,
  value => (value === null ? null : { name: value }),
);

/** A name that a user chose for a device, as libvirt tells it from its own. */
export const isUserAlias = (name: string): boolean => /^ua-[\w-]*$/.test(name);

/** What a device is called while it runs; what its user called it at any time. */
export const runningAlias: Part<string | null> = {
  read(from, mode) {
    const name = deviceAlias.read(from, mode);
    return name === null || mode.live || isUserAlias(name) ? name : null;
  },
  write(name, to, mode) {
    if (name !== null && (mode.live || isUserAlias(name))) deviceAlias.write(name, to, mode);
  },
};

/** Hexadecimal digits of each number. */
const pciDigits = { domain: 4, bus: 2, slot: 2, function: 1 };

/** PCI addresses come back complete and in hexadecimal; all others as they are. */
export function normalAddress(element: XmlElement, always = false): XmlElement {
  if (element.name !== 'address' || !(always || attributeOf(element, 'type') === 'pci')) return element;
  const kept = element.attributes.filter(({ name }) => name === 'type');
  const after = element.attributes.filter(({ name }) => name !== 'type' && !(name in pciDigits));
  const numbers = Object.entries(pciDigits).map(([name, digits]) => {
    const number = anyBase(0xffff_ffff, digits);
    const value = number.parse(attributeOf(element, name) ?? '0', { element, attribute: name });
    return { name, value: number.format(value) };
  });
  return { ...element, attributes: [...kept, ...numbers, ...after] };
}

/** A device's element with what is the same for all devices checked and in libvirt's form: addresses, boot orders. */
export function normalPart(element: XmlElement): XmlElement {
  if (element.name === 'address') return normalAddress(element);
  if (element.name === 'boot') bootOrder.read(element, inactiveMode);
  return { ...element, children: element.children.map(child => (isElement(child) ? normalPart(child) : child)) };
}

const bootOrder = attribute('order', anyBase(0xffff_ffff, null, false));
