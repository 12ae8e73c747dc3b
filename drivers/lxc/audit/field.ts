/** A record has room for some 8,000 characters in all. */
const VALUE_LIMIT = 1500;

/**
 * One field as tools of the audit read it: "name=\"value\"", or the value's bytes in hexadecimal digits when any of them
 * could be taken for the end of it: a quote, a space, or what is no printable ASCII. A value that is not there is "?".
 */
export function field(name: string, value: string | null): string {
  const bytes = Buffer.from(value ?? '?').subarray(0, VALUE_LIMIT);
  const isPlain = bytes.every(byte => byte > 0x20 && byte < 0x7f && byte !== 0x22);
  return `${name}=${isPlain ? `"${bytes.toString('latin1')}"` : bytes.toString('hex').toUpperCase()}`;
}
