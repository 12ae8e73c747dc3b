import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/**
 * A text on its way into dnsmasq's files, where a line is an option. Throws xmlError for one that has a line's end or
 * another control character: it would say more than it is allowed to.
 */
export function line(text: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw errors.xmlError(
      `'${JSON.stringify(text).slice(1, -1)}' has control characters, which dnsmasq cannot be told`,
      ErrorDomain.NETWORK,
    );
  return text;
}

/** One value among several: no comma ends it, and no space, quotation mark or "#" changes what it is. */
export function value(text: string): string {
  if (/[\s,"#\\]/.test(line(text)))
    throw errors.xmlError(`'${text}' has characters that dnsmasq cannot be told in a name`, ErrorDomain.NETWORK);
  return text;
}

/** A value of many words, quoted when something in it would be taken for more than itself. Commas part it, as libvirt has them do. */
export function words(text: string): string {
  if (!/["#\\]/.test(line(text))) return text;
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** A path: any character but a line's end. */
export const path = (text: string): string =>
  /[\s,"#\\]/.test(line(text)) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text;
