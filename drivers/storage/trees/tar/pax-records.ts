import { invalidArchive } from './invalid-archive.ts';

/** Records of a pax header: "LENGTH KEY=VALUE\n", the length being the whole record's. Values are bytes. */
export function paxRecords(bytes: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    const equals = space < 0 ? -1 : bytes.indexOf(0x3d, space);
    const end = at + length;
    if (!Number.isInteger(length) || length <= 0 || end > bytes.length || equals < 0 || equals >= end)
      throw invalidArchive('a pax header makes no sense');
    records.set(bytes.toString('utf8', space + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}
