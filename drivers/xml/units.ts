import { ErrorCode, ErrorDomain } from '../contract/constants.ts';
import { LibvirtError, errors } from '../contract/error.ts';

/** libvirt's suffixes: a letter alone or with "iB" is a power of 1024, with "B" one of 1000. Case does not count. */
const powers = ['k', 'm', 'g', 't', 'p', 'e'];

/** Bytes of one `unit`. Throws invalidArg for a suffix that is none. */
export function bytesPer(unit: string): bigint {
  const suffix = unit.toLowerCase();
  if (suffix === 'b' || suffix === 'byte' || suffix === 'bytes') return 1n;
  const power = powers.indexOf(suffix.slice(0, 1)) + 1;
  if (power > 0 && ['', 'ib'].includes(suffix.slice(1))) return 1024n ** BigInt(power);
  if (power > 0 && suffix.slice(1) === 'b') return 1000n ** BigInt(power);
  throw errors.invalidArg(`unknown suffix '${unit}'`, ErrorDomain.NONE);
}

/** What a memory size may reach, in bytes: libvirt's figures are KiB that fit a signed 64-bit number of bytes. */
const MAX_BYTES = (1n << 63n) - 1n;

/** `value` in bytes; `unit` null or empty is `usual`. Throws overflow where libvirt does. */
export function toBytes(value: bigint, unit: string | null, usual: string): bigint {
  const bytes = value * bytesPer(unit === null || unit === '' ? usual : unit);
  if (bytes > MAX_BYTES) throw tooLarge(value, unit ?? '');
  return bytes;
}

/** `value` in KiB, rounded up. */
export const toKibibytes = (value: bigint, unit: string | null, usual: string): bigint =>
  (toBytes(value, unit, usual) + 1023n) / 1024n;

function tooLarge(value: bigint, unit: string): LibvirtError {
  const text = `numerical overflow: value too large: ${value}${unit}`;
  return new LibvirtError(ErrorCode.OVERFLOW, ErrorDomain.NONE, text);
}
