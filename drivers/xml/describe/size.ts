import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attributeOf, childOf, textOf } from '../tree.ts';
import { toBytes, toKibibytes } from '../units.ts';
import { draft, type Part } from './part.ts';
import { parseUnsigned } from './text.ts';

interface SizeOptions {
  /** The path that the error names, from the element that is being described. */
  readonly path: string;
  /** What a document without `unit` means. */
  readonly unit: string;
  /** What is written, and the unit of the value. */
  readonly writes: 'KiB' | 'bytes';
}

const size = (name: string, { path, unit, writes }: SizeOptions): Part<bigint | null> => ({
  read(from) {
    const element = childOf(from, name);
    const text = element === null ? '' : textOf(element);
    if (element === null || text === '') return null;
    const value = parseUnsigned(text);
    if (value === null)
      throw errors.xmlError(`Invalid value '${text}' for element or attribute '${path}[1]'`, ErrorDomain.XML);
    const convert = writes === 'KiB' ? toKibibytes : toBytes;
    return convert(value, attributeOf(element, 'unit'), unit);
  },
  write(value, to) {
    if (value === null) return;
    const element = draft(name);
    element.attributes.push({ name: 'unit', value: writes });
    element.children.push({ kind: 'text', text: String(value) });
    to.children.push(element);
  },
});

/** A child with an amount of memory, in KiB unless it names another unit; rounded up to KiB. */
export const kibibytes = (name: string, path = `./${name}`): Part<bigint | null> =>
  size(name, { path, unit: 'KiB', writes: 'KiB' });

/** A child with an amount of bytes. */
export const byteCount = (name: string, path = `./${name}`): Part<bigint | null> =>
  size(name, { path, unit: 'bytes', writes: 'bytes' });
