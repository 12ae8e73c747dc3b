import { escape } from '../logging/text.ts';

/** Targets of disks have no bound of their own. */
const MOST_CHARACTERS = 512;

/**
 * A text that others have chosen, as the value of a label between its quotes. What a terminal would obey is written out, as in
 * the log, so that what is shown to an administrator moves no cursor; backslashes are doubled for it, so that no two texts
 * become the same.
 */
export function labelValue(text: string): string {
  // nearly every name there is
  if (/^[\w./:@+-]{1,128}$/.test(text)) return text;
  const shown = escape(text.slice(0, MOST_CHARACTERS).toWellFormed().replaceAll('\\', '\\\\'));
  return shown.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** `name="value"` for each, with commas; values as they are to stand between their quotes. */
export const labels = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
