import { draft, record, type Mode, type Draft, type Part } from '../describe/part.ts';
import { attributeOf, childrenOf, isElement, textOf, type XmlElement } from '../tree.ts';
import type { VitalProductData, VpdFields } from './definition.ts';
import { requiredText } from './parts.ts';

function readFields(element: XmlElement): VpdFields {
  const all = element.children.filter(isElement).map(child => ({
    name: child.name,
    index: attributeOf(child, 'index'),
    value: textOf(child),
  }));
  return {
    named: all.flatMap(({ name, index, value }) => (index === null ? [{ name, value }] : [])),
    indexed: all.flatMap(({ name, index, value }) => (index === null ? [] : [{ name, index, value }])),
  };
}

function writeFields({ named, indexed }: VpdFields, to: Draft): void {
  for (const { name, value } of named) to.children.push(field(name, value));
  for (const { name, index, value } of indexed) {
    const element = field(name, value);
    element.attributes.push({ name: 'index', value: index });
    to.children.push(element);
  }
}

function field(name: string, value: string): Draft {
  const element = draft(name);
  element.children.push({ kind: 'text', text: value });
  return element;
}

/** `<fields access='readonly'>` */
const fields = (access: string): Part<VpdFields | null> => ({
  read(from: XmlElement) {
    const found = childrenOf(from, 'fields').find(child => attributeOf(child, 'access') === access);
    return found === undefined ? null : readFields(found);
  },
  write(value: VpdFields | null, to: Draft, _mode: Mode) {
    if (value === null) return;
    const element = draft('fields');
    element.attributes.push({ name: 'access', value: access });
    writeFields(value, element);
    to.children.push(element);
  },
});

/** What a card's maker has written into it: names and numbers of parts. */
export const vitalProductData: Part<VitalProductData> = record({
  name: requiredText('name', 'name of the vital product data'),
  readOnly: fields('readonly'),
  readWrite: fields('readwrite'),
});
