import { attributeOf, type XmlElement } from '../tree.ts';

/** The element with these attributes in place of its own of the same names; null takes one away. */
export const withAttributes = (element: XmlElement, values: Readonly<Record<string, string | null>>): XmlElement => ({
  ...element,
  attributes: [
    ...element.attributes.filter(({ name }) => !(name in values)),
    ...Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [{ name, value }])),
  ],
});

/** The element with the attributes of this list, in its order, and no others. */
export const attributesInOrder = (element: XmlElement, names: string): XmlElement => ({
  ...element,
  attributes: names.split(' ').flatMap(name => {
    const value = attributeOf(element, name);
    return value === null ? [] : [{ name, value }];
  }),
});
