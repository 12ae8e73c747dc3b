import { totalmem } from 'node:os';
import { errors } from '../../contract/error.ts';
import { bytesPer } from '../../xml/units.ts';

/** KiB: what a container may use whose configuration sets no limit. */
export const hostMemory = (): bigint => BigInt(Math.floor(totalmem() / 1024));

/** KiB, in front of which a limit is none: 2^53 - 1 KiB, libvirt's figure. */
export const UNLIMITED = (1n << 53n) - 1n;

/**
 * A size with a binary suffix ("512M", "1g", "4096") in bytes. Throws internalError for what is none, and for one
 * that no 64-bit number holds.
 */
export function sizeInBytes(text: string, unit = ''): bigint {
  const match = /^(\d{1,19})\s*([A-Za-z]*)$/.exec(text.trim());
  if (match === null) throw errors.internalError(`failed to convert size: '${text}'`);
  const [, digits = '', suffix = ''] = match;
  const bytes = BigInt(digits) * bytesPer((suffix === '' ? unit : suffix) || 'b');
  if (bytes >= 1n << 63n) throw errors.internalError(`size is too large: '${text}'`);
  return bytes;
}

/** KiB, rounded up. */
export const kibibytes = (bytes: bigint): bigint => (bytes + 1023n) / 1024n;

/** A whole number from 0 on; `what` names it in the error (internalError). */
export function wholeNumber(text: string, what = 'integer'): bigint {
  if (!/^\d{1,19}$/.test(text)) throw errors.internalError(`failed to parse ${what}: '${text}'`);
  return BigInt(text);
}
