import { isLinkName } from '../../../native/network/link-message.ts';
import { findLink } from '../../../native/network/links.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** As many as libvirt tries. */
const NUMBERS = 32_767;

/** "virbr%d"; a daemon with a root has names of its own, of 15 bytes at most. */
export const usualPattern = (tag: string): string => (tag === '' ? 'virbr%d' : `vb${tag}%d`);

/** The lowest number that makes the pattern a name that is free. Throws internalError when there is none. */
export function chooseBridgeName(pattern: string, taken: ReadonlySet<string>): string {
  if (pattern.split('%d').length === 2)
    for (let number = 0; number <= NUMBERS; number++) {
      const name = pattern.replace('%d', String(number));
      if (!isLinkName(name)) break;
      if (!taken.has(name) && findLink(name) === null) return name;
    }
  throw errors.internalError(`Bridge generation exceeded max id ${NUMBERS}`, ErrorDomain.NETWORK);
}
