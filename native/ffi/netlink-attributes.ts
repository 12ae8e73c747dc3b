/** Netlink's type-length-value attributes: host byte order, each padded to four bytes. */

const nested = 0x8000;
const typeMask = 0x3fff;

/** One attribute. */
export function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** An attribute that holds attributes. */
export const nest = (type: number, ...attributes: readonly Buffer[]): Buffer =>
  attribute(type | nested, Buffer.concat(attributes));

export const text = (value: string): Buffer => Buffer.from(`${value}\0`);

export const u8 = (value: number): Buffer => Buffer.from([value]);

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** The attributes from `offset` on; the last of a type wins. Throws RangeError when one runs past the end. */
export function parseAttributes(bytes: Buffer, offset = 0): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = offset; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) throw new RangeError('a netlink attribute runs past its message');
    attributes.set(bytes.readUInt16LE(at + 2) & typeMask, bytes.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return attributes;
}

/** Up to the first zero byte. */
export function parseText(value: Buffer | undefined): string | null {
  if (value === undefined) return null;
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end < 0 ? value.length : end);
}

export const parseU32 = (value: Buffer | undefined): number | null =>
  value === undefined || value.length < 4 ? null : value.readUInt32LE(0);
