import type { VitalProductData, VpdFields } from '../../xml/node-device/definition.ts';

/** Resources of PCI's vital product data (PCI 3.0, appendix I): a tag and a length, then that many bytes. */
const NAME = 0x82;
const READ_ONLY = 0x90;
const READ_WRITE = 0x91;
const END = 0x78;

/** libvirt's names of fields by their keywords, in its order. */
const readOnlyNames = [
  ['EC', 'change_level'],
  ['MN', 'manufacture_id'],
  ['PN', 'part_number'],
  ['SN', 'serial_number'],
] as const;
const readWriteNames = [['YA', 'asset_tag']] as const;

/** Fields that are numbered by their keyword's second letter. */
const readOnlyIndexed = { V: 'vendor_field' } as const;
const readWriteIndexed = { V: 'vendor_field', Y: 'system_field' } as const;

interface Field {
  readonly keyword: string;
  readonly value: string;
}

/** Null for what is no vital product data, or ends before its end. */
export function parseVitalProductData(bytes: Buffer): VitalProductData | null {
  let name: string | null = null;
  let readOnly: VpdFields | null = null;
  let readWrite: VpdFields | null = null;
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at);
    if (tag === END) return name === null ? null : { name, readOnly, readWrite };
    if ((tag & 0x80) === 0 || at + 3 > bytes.length) return null;
    const length = bytes.readUInt16LE(at + 1);
    const body = bytes.subarray(at + 3, at + 3 + length);
    if (body.length < length) return null;
    if (tag === NAME) name = printable(body);
    else if (tag === READ_ONLY) readOnly = sorted(fieldsOf(body, bytes, at + 3), readOnlyNames, readOnlyIndexed);
    else if (tag === READ_WRITE) readWrite = sorted(fieldsOf(body, bytes, at + 3), readWriteNames, readWriteIndexed);
    at += 3 + length;
  }
  return null;
}

/** Null when the checksum, which covers everything up to its own first byte, does not fit. */
function fieldsOf(body: Buffer, all: Buffer, start: number): Field[] | null {
  const fields: Field[] = [];
  for (let at = 0; at + 3 <= body.length;) {
    const keyword = body.toString('latin1', at, at + 2);
    const length = body.readUInt8(at + 2);
    const value = body.subarray(at + 3, at + 3 + length);
    if (value.length < length) return null;
    if (keyword === 'RV' && !sumsUp(all.subarray(0, start + at + 4))) return null;
    const text = printable(value);
    if (text !== null && keyword !== 'RV' && keyword !== 'RW') fields.push({ keyword, value: text });
    at += 3 + length;
  }
  return fields;
}

const sumsUp = (bytes: Buffer): boolean => (bytes.reduce((sum, byte) => sum + byte, 0) & 0xff) === 0;

function sorted(
  fields: readonly Field[] | null,
  names: readonly (readonly [keyword: string, name: string])[],
  indexed: Readonly<Record<string, string>>,
): VpdFields | null {
  if (fields === null) return null;
  const known = new Set(names.map(([keyword]) => keyword));
  return {
    named: names.flatMap(([keyword, name]) => {
      const field = fields.find(field => field.keyword === keyword);
      return field === undefined ? [] : [{ name, value: field.value }];
    }),
    indexed: fields.flatMap(({ keyword, value }) => {
      const name = known.has(keyword) ? undefined : indexed[keyword.slice(0, 1)];
      return name === undefined ? [] : [{ name, index: keyword.slice(1), value }];
    }),
  };
}

/** Makers pad with spaces and zeros; anything but ASCII's visible characters makes no field. */
function printable(bytes: Buffer): string | null {
  const text = bytes.toString('latin1').replace(/[\0 ]+$/, '');
  return /^[\x20-\x7e]*$/.test(text) && text.trim() !== '' ? text.trim() : null;
}
