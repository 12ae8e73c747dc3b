import type { Part } from '../describe/part.ts';
import { parseUnsigned } from '../describe/text.ts';
import { attributeOf, childOf, textOf, xmlElement } from '../tree.ts';
import { toBytes } from '../units.ts';
import { xmlError } from './errors.ts';

/** A child with a number of bytes, or of the `unit` that it names. */
export const volumeSize = (name: string, unit = 'bytes'): Part<bigint | null> => ({
  read(from) {
    const element = childOf(from, name);
    const text = element === null ? '' : textOf(element);
    if (element === null || text === '') return null;
    const value = parseUnsigned(text);
    if (value === null) throw xmlError(`malformed ${name} element`);
    return toBytes(value, attributeOf(element, 'unit'), 'bytes');
  },
  write(value, to) {
    if (value !== null) to.children.push(xmlElement(name, { unit }, [String(value)]));
  },
});
