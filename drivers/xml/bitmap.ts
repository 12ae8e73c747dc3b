import { ErrorDomain } from '../contract/constants.ts';
import { errors, type LibvirtError } from '../contract/error.ts';
import type { Text } from './describe/text.ts';

/** CPUs and nodes are numbered below this. */
const MAX = 16_384;
/** More than the longest list that says something: every other CPU. */
const MAX_LENGTH = 65_536;

/** One byte a member; filled anew for each list. */
const members = new Uint8Array(MAX);

const PART = /^\s*(?:\^(\d{1,5})|(\d{1,5})(?:-(\d{1,5}))?)\s*$/;

const malformed = (text: string): LibvirtError =>
  errors.invalidArg(`Failed to parse bitmap '${text.slice(0, 200)}'`, ErrorDomain.NONE);

function fill(text: string): void {
  if (text.length > MAX_LENGTH) throw malformed(text);
  members.fill(0);
  for (const part of text.split(',')) {
    const match = PART.exec(part);
    if (match === null) throw malformed(text);
    const excluded = match[1];
    const first = Number(excluded ?? match[2]);
    const last = Number(match[3] ?? first);
    if (last < first || last >= MAX) throw malformed(text);
    members.fill(excluded === undefined ? 1 : 0, first, last + 1);
  }
}

/**
 * libvirt's lists of numbers ("0-3,^2,5") in the form in which it writes them: ascending, in ranges, without exclusions.
 * Empty when everything is excluded. Throws invalidArg for what is no list.
 */
export function normalBitmap(text: string): string {
  fill(text);
  return membersAsText();
}

/** The same of numbers; throws invalidArg for one that libvirt does not know. */
export function formatBitmap(numbers: Iterable<number>): string {
  members.fill(0);
  for (const number of numbers) {
    if (!Number.isInteger(number) || number < 0 || number >= MAX) throw malformed(String(number));
    members[number] = 1;
  }
  return membersAsText();
}

/** What `members` holds, in that form. */
function membersAsText(): string {
  const ranges: string[] = [];
  for (let first = members.indexOf(1); first >= 0;) {
    const end = members.indexOf(0, first);
    const last = end < 0 ? MAX - 1 : end - 1;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
    first = members.indexOf(1, last + 1);
  }
  return ranges.join(',');
}

/** The numbers of such a list, ascending. */
export function parseBitmap(text: string): number[] {
  fill(text);
  const numbers: number[] = [];
  for (let member = members.indexOf(1); member >= 0; member = members.indexOf(1, member + 1)) numbers.push(member);
  return numbers;
}

/** A list in an attribute, normalised; an empty one is refused with `empty`'s error. */
export const bitmap = (empty: (text: string) => Error): Text<string> => ({
  parse(text) {
    const list = normalBitmap(text);
    if (list === '') throw empty(text);
    return list;
  },
  format: value => value,
});

/** Whether a list names every number that libvirt knows, and so restricts nothing. */
export const isEverything = (list: string): boolean => list === `0-${MAX - 1}`;
