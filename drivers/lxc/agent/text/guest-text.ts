/** Files of a container are written by whoever it belongs to: bounds, and what is left of bytes that are no text. */

/** The largest file that is read as text, in bytes. */
export const TEXT_LIMIT = 1 << 20;

// oxlint-disable-next-line no-control-regex -- what terminals obey is what has to go
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** The lines of a text, decoded; bytes that are not UTF-8 become U+FFFD. */
export function linesOf(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\n');
}

/** A value that is going to be shown: without what a terminal would obey, and of at most `limit` characters. */
export function shown(text: string, limit = 1024): string {
  return text.slice(0, limit).toWellFormed().replace(CONTROL, '\ufffd');
}
