import { child, children, textChild } from '../describe/element.ts';
import { attribute, content, requiredAttribute } from '../describe/attribute.ts';
import { draft, mapped, record, required, type Part } from '../describe/part.ts';
import { anyBase, string, type Text } from '../describe/text.ts';
import { attributeOf, childrenOf, type XmlElement } from '../tree.ts';
import type { MdevType, NamedId, PciAddress } from './definition.ts';
import { internalError } from './refusals.ts';

type Refusal = (text: string) => Error;

const NUMBER = /^(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})$/;

/** How numbers are written in text: in decimal, or with that many hexadecimal digits. */
const numeral = (what: string, digits: number | null, refuse: Refusal = internalError): Text<number> => ({
  parse(text) {
    if (!NUMBER.test(text)) throw refuse(`invalid ${what} supplied`);
    return Number(text);
  },
  format: value => (digits === null ? String(value) : `0x${value.toString(16).padStart(digits, '0')}`),
});

/** A child that holds a number. `what` names it where it is none ("invalid … supplied"). */
export const numberChild = (name: string, what: string, digits: number | null = null): Part<number | null> =>
  textChild(name, numeral(what, digits));

/** One that must be there ("no … supplied"). */
export const requiredNumber = (name: string, what: string, digits: number | null = null): Part<number> =>
  required(numberChild(name, what, digits), () => internalError(`no ${what} supplied`));

export const optionalText = (name: string): Part<string | null> => textChild(name, string);

export const requiredText = (name: string, what: string): Part<string> =>
  required(optionalText(name), () => internalError(`no ${what} supplied`));

/** `<capability type='…'>` inside of another; null where the device has none. */
export const subCapability = <T>(type: string, part: Part<T>): Part<T | null> => ({
  read(from, mode) {
    const found = childrenOf(from, 'capability').find(child => attributeOf(child, 'type') === type);
    return found === undefined ? null : part.read(found, mode);
  },
  write(value, to, mode) {
    if (value === null) return;
    const element = draft('capability');
    element.attributes.push({ name: 'type', value: type });
    part.write(value, element, mode);
    to.children.push(element);
  },
});

/** A capability that says yes by being there. */
export const presence = (type: string): Part<boolean> =>
  mapped(
    subCapability(type, nothing),
    value => value !== null,
    value => (value ? {} : null),
  );

const nothing: Part<object> = { read: () => ({}), write() {} };

/** Every child of that name. */
export const list = <T>(name: string, part: Part<T>): Part<readonly T[]> =>
  mapped(
    children(name, part),
    values => values,
    values => [...values],
  );

/** A child that holds one value, as its attribute. */
export const attributeOfChild = <T>(name: string, key: string, text: Text<T>): Part<T | null> =>
  mapped(
    child(name, record({ value: attribute(key, text) })),
    value => value?.value ?? null,
    value => (value === null ? null : { value }),
  );

/** Throws for a child that is a capability of none of these types. */
export function requireKnownCapabilities(
  from: XmlElement,
  known: readonly string[],
  refuse: (type: string) => Error,
): void {
  for (const child of childrenOf(from, 'capability')) {
    const type = attributeOf(child, 'type') ?? '';
    if (!known.includes(type)) throw refuse(type);
  }
}

const namedIdParts = record({ id: attribute('id', anyBase(0xffff, 4)), name: content(string) });

/** `<vendor id='0x8086'>Intel Corporation</vendor>` */
export const namedId = (name: string, what: string): Part<NamedId> => {
  const missing = (): Error => internalError(`no ${what} supplied`);
  return {
    read(from, mode) {
      const [element] = childrenOf(from, name);
      if (element === undefined) throw missing();
      const { id, name: text } = namedIdParts.read(element, mode);
      if (id === null) throw missing();
      return { id, name: text };
    },
    write(value, to, mode) {
      const element = draft(name);
      namedIdParts.write(value, element, mode);
      to.children.push(element);
    },
  };
};

/** The attributes of a PCI device's `<address>`. */
export const pciAddress: Part<PciAddress> = record({
  domain: requiredAttribute('domain', anyBase(0xffff_ffff, 4)),
  bus: requiredAttribute('bus', anyBase(0xff, 2)),
  slot: requiredAttribute('slot', anyBase(0x1f, 2)),
  function: requiredAttribute('function', anyBase(7, 1)),
});

const mdevType: Part<MdevType> = record({
  id: requiredAttribute('id', string),
  name: optionalText('name'),
  deviceApi: requiredText('deviceAPI', 'device API'),
  availableInstances: requiredNumber('availableInstances', 'number of available instances'),
});

/** The kinds of mediated devices that a parent can make; written where there are any. */
export const mdevTypes: Part<readonly MdevType[]> = mapped(
  subCapability('mdev_types', list('type', mdevType)),
  types => types ?? [],
  types => (types.length === 0 ? null : types),
);
