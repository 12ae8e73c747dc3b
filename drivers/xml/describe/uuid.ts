import type { Text } from './text.ts';

const digits = /^\s*([0-9a-fA-F]{8})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{12})\s*$/;

/**
 * A UUID in libvirt's spelling: hexadecimal digits with dashes only where they belong, or without any. The value is in
 * lower case, with dashes.
 */
export const uuidOr = (malformed: (text: string) => Error): Text<string> => ({
  parse(text) {
    const match = digits.exec(text);
    if (match === null) throw malformed(text);
    return match.slice(1).join('-').toLowerCase();
  },
  format: value => value,
});
