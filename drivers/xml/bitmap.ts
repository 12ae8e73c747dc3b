import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Text } from './describe/text.ts';

/** CPUs and nodes are numbered below this. */
const MAX = 16_384;

/**
 * libvirt's lists of numbers: "0-3,^2,5". Kept in the form that it writes: ascending, in ranges, without exclusions.
 * A list of every number there can be is null: no restriction.
 */
export function parseBitmap(text: string): Set<number> {
  const failure = () => errors.invalidArg(`Failed to parse bitmap '${text}'`, ErrorDomain.NONE);
  const members = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(?:\^(\d{1,5})|(\d{1,5})(?:-(\d{1,5}))?)\s*$/.exec(part);
    if (match === null) throw failure();
    const excluded = match[1];
    const first = Number(excluded ?? match[2]);
    const last = Number(match[3] ?? first);
    if (last < first || last >= MAX) throw failure();
    for (let member = first; member <= last; member++)
      if (excluded === undefined) members.add(member);
      else members.delete(member);
  }
  return members;
}

export function formatBitmap(members: Iterable<number>): string {
  const sorted = [...members].sort((a, b) => a - b);
  const ranges: { first: number; last: number }[] = [];
  for (const member of sorted) {
    const range = ranges.at(-1);
    if (range?.last === member - 1) range.last = member;
    else ranges.push({ first: member, last: member });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** A list in an attribute, normalised; an empty one is refused with `empty`'s error. */
export const bitmap = (empty: (text: string) => Error): Text<string> => ({
  parse(text) {
    const members = parseBitmap(text);
    if (members.size === 0) throw empty(text);
    return formatBitmap(members);
  },
  format: value => value,
});

/** Whether a list names every number that libvirt knows, and so restricts nothing. */
export const isEverything = (list: string): boolean => list === `0-${MAX - 1}`;
