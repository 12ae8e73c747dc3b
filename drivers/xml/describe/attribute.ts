import { attributeOf, textOf } from '../tree.ts';
import { required, type Part } from './part.ts';
import { missingAttribute, type Text } from './text.ts';

/** An attribute; null where it is missing. */
export const attribute = <T>(name: string, text: Text<T>): Part<T | null> => ({
  read(from) {
    const value = attributeOf(from, name);
    return value === null ? null : text.parse(value, { element: from, attribute: name });
  },
  write(value, to) {
    if (value !== null) to.attributes.push({ name, value: text.format(value) });
  },
});

/** An attribute that must be there; its absence is libvirt's "Missing required attribute". */
export const requiredAttribute = <T>(name: string, text: Text<T>): Part<T> =>
  required(attribute(name, text), from => missingAttribute(from, name));

/** Attributes that are stored and echoed in this order. */
export const attributes = (names: readonly string[]): Part<Record<string, string>> => ({
  read(from) {
    const values: Record<string, string> = {};
    for (const name of names) {
      const value = attributeOf(from, name);
      if (value !== null) values[name] = value;
    }
    return values;
  },
  write(values, to) {
    for (const name of names) {
      const value = values[name];
      if (value !== undefined) to.attributes.push({ name, value });
    }
  },
});

/** The element's own text; null where it is empty. */
export const content = <T>(text: Text<T>): Part<T | null> => ({
  read(from) {
    const value = textOf(from);
    return value === '' ? null : text.parse(value, { element: from, attribute: null });
  },
  write(value, to) {
    if (value !== null) to.children.push({ kind: 'text', text: text.format(value) });
  },
});
