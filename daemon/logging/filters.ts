import type { Priority } from './priority.ts';
import { parsePriority } from './priority.ts';

/** "level:match": sources that `match` (a glob, found anywhere in the name) log from `priority` on. */
export interface Filter {
  readonly priority: Priority;
  readonly match: string;
}

/** Reads log_filters: "1:rpc 3:util.*". Throws an Error that names what is wrong. A "+" before the match is accepted, as in libvirt. */
export function parseFilters(text: string): Filter[] {
  return text.split(/\s+/).filter(Boolean).map(parseFilter);
}

function parseFilter(text: string): Filter {
  const colon = text.indexOf(':');
  if (colon < 0) throw new Error(`Malformed format for filter '${text}'`);
  const priority = parsePriority(text.slice(0, colon));
  if (priority === null) throw new Error(`Invalid priority '${text.slice(0, colon)}' for filter '${text}'`);
  const match = text.slice(colon + 1).replace(/^\+/, '');
  if (match === '') throw new Error(`Invalid match string '' of filter '${text}'`);
  return { priority, match };
}

export function formatFilters(filters: readonly Filter[]): string {
  return filters.map(filter => `${filter.priority}:${filter.match}`).join(' ');
}

/** From which priority on `source` logs: the first filter that matches decides, else `fallback`. */
export function priorityFor(source: string, filters: readonly Filter[], fallback: Priority): Priority {
  return filters.find(filter => matches(source, filter.match))?.priority ?? fallback;
}

/** `*` is any text, `?` any one character; both ends are open. Linear in time, whatever the pattern. */
function matches(source: string, match: string): boolean {
  const pattern = `*${match}*`;
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resume = 0;
  while (at < source.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern;
      resume = at;
      inPattern += 1;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === source[at]) {
      at += 1;
      inPattern += 1;
    } else {
      inPattern = star + 1;
      resume += 1;
      at = resume;
    }
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
