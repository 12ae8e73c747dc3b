import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { XmlElement } from '../tree.ts';

/** Where a text stands: `attribute` is null for an element's own text. */
export interface Place {
  readonly element: XmlElement;
  readonly attribute: string | null;
}

/** How a value is written in an attribute or in an element's text. */
export interface Text<T> {
  parse(text: string, place: Place): T;
  format(value: T): string;
}

/** libvirt's error for an attribute that does not hold what it should; `expected` ends the sentence. */
export const invalidValue = (text: string, { element, attribute }: Place, expected = ''): LibvirtError =>
  attribute === null
    ? errors.xmlError(`Invalid value '${text}' for element or attribute './${element.name}[1]'`, ErrorDomain.XML)
    : errors.xmlError(
        `Invalid value for attribute '${attribute}' in element '${element.name}': '${text}'.${expected}`,
        ErrorDomain.XML,
      );

export const missingAttribute = (element: XmlElement, attribute: string): LibvirtError =>
  errors.xmlError(`Missing required attribute '${attribute}' in element '${element.name}'`, ErrorDomain.XML);

export const string: Text<string> = { parse: text => text, format: value => value };

/** One of a closed list. `failure` replaces the usual error. */
export function oneOf<const T extends string>(
  values: readonly T[],
  failure: (text: string, place: Place) => Error = invalidValue,
): Text<T> {
  return {
    parse(text, place) {
      const found = values.find(value => value === text);
      if (found === undefined) throw failure(text, place);
      return found;
    },
    format: value => value,
  };
}

const truth = (yes: string, no: string): Text<boolean> => ({
  parse(text, place) {
    if (text === yes) return true;
    if (text === no) return false;
    throw invalidValue(text, place);
  },
  format: value => (value ? yes : no),
});

export const yesNo = truth('yes', 'no');
export const onOff = truth('on', 'off');

const DECIMAL = /^[ \t\n\v\f\r]*\+?[0-9]+$/;

/** What C's strtoull takes, without trailing space, up to 64 bits; null for anything else. */
export function parseUnsigned(text: string): bigint | null {
  if (text.length > 64 || !DECIMAL.test(text)) return null;
  const value = BigInt(text.trim().replace('+', ''));
  return value < 1n << 64n ? value : null;
}

export function parseSigned(text: string): bigint | null {
  const negative = /^[ \t\n\v\f\r]*-/.exec(text);
  const magnitude = parseUnsigned(negative === null ? text : text.slice(negative[0].length));
  if (magnitude === null || magnitude >= 1n << 63n) return null;
  return negative === null ? magnitude : -magnitude;
}

const expectsNumber = (text: string, place: Place): Error =>
  invalidValue(text, place, place.attribute === null ? '' : ' Expected non-negative integer value');

/** A non-negative decimal number of at most `max`. */
export const unsigned = (
  max = 0xffff_ffff,
  failure: (text: string, place: Place) => Error = expectsNumber,
): Text<number> => ({
  parse(text, place) {
    const value = parseUnsigned(text);
    if (value === null || value > BigInt(max)) throw failure(text, place);
    return Number(value);
  },
  format: String,
});

/** A non-negative decimal number of 64 bits. */
export const unsigned64 = (failure: (text: string, place: Place) => Error = expectsNumber): Text<bigint> => ({
  parse(text, place) {
    const value = parseUnsigned(text);
    if (value === null) throw failure(text, place);
    return value;
  },
  format: String,
});

/** A number in decimal, octal (0…) or hexadecimal (0x…), written as `digits` hexadecimal ones or in decimal. */
export const anyBase = (max: number, digits: number | null, zeroAllowed = true): Text<number> => ({
  parse(text, place) {
    if (!/^(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})$/.test(text)) throw expectsNumber(text, place);
    const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
    if (value > max) throw expectsNumber(text, place);
    if (value === 0 && !zeroAllowed)
      throw errors.xmlError(
        `Invalid value for attribute '${place.attribute}' in element '${place.element.name}': Zero is not permitted`,
        ErrorDomain.XML,
      );
    return value;
  },
  format: value => (digits === null ? String(value) : `0x${value.toString(16).padStart(digits, '0')}`),
});
