import { draft, record, required, absent, type Part } from '../describe/part.ts';
import { childOf } from '../tree.ts';
import type { SystemCapability } from './definition.ts';
import { optionalText } from './parts.ts';
import { internalError } from './refusals.ts';

/** An element that is there, and opened and closed on lines of its own, also without anything in it. */
const section = <T>(name: string, part: Part<T>): Part<T> => ({
  read: (from, mode) => part.read(childOf(from, name) ?? draft(name), mode),
  write(value, to, mode) {
    const element = draft(name);
    part.write(value, element, mode);
    // The writer leaves comments out, and gives lines of their own to an element with more than one child.
    const nothing = { kind: 'comment', text: '' } as const;
    if (element.children.length === 0) element.children.push(nothing, nothing);
    to.children.push(element);
  },
});

const hardware: Part<SystemCapability['hardware']> = record({
  vendor: optionalText('vendor'),
  version: optionalText('version'),
  serial: optionalText('serial'),
  uuid: required(optionalText('uuid'), () => internalError('no system UUID supplied')),
});

/** The host itself, as its firmware describes it. */
export const system: Part<SystemCapability> = record({
  type: absent('system'),
  product: optionalText('product'),
  hardware: section('hardware', hardware),
  firmware: section(
    'firmware',
    record({
      vendor: optionalText('vendor'),
      version: optionalText('version'),
      releaseDate: optionalText('release_date'),
    }),
  ),
});
