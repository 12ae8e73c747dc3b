import test from 'ava';
import * as fc from 'fast-check';
import { valueOf } from '../testing/arbitrary.ts';
import { judgeType, judgeValue } from '../testing/judge.ts';
import {
  array,
  bool,
  char,
  charArray,
  charString,
  double,
  enumeration,
  fixedArray,
  fixedCharString,
  fixedOpaque,
  hyper,
  int,
  nothing,
  opaque,
  optional,
  Reader,
  short,
  string,
  struct,
  uchar,
  uhyper,
  uint,
  union,
  ushort,
  uuid,
  Writer,
  XdrError,
  type Schema,
} from './index.ts';

const encoded = <T>(schema: Schema<T>, value: T): string => {
  const writer = new Writer();
  schema.encode(writer, value);
  return writer.take().toString('hex');
};

const decoded = (schema: Schema<unknown>, hex: string): unknown => schema.decode(new Reader(Buffer.from(hex, 'hex')));

const level = enumeration({ LOW: 1, HIGH: 5 });
const point = struct({ x: int, y: optional(int) });
const answer = union({ 1: int, 7: string(10) });
const text = string(8);
const deep = struct({ points: array(struct({ at: point, names: array(text, 2) }), 3) });

const everyKind: Readonly<Record<string, Schema<unknown>>> = {
  nothing,
  int,
  uint,
  short,
  ushort,
  char,
  uchar,
  bool,
  hyper,
  uhyper,
  double,
  uuid,
  level,
  answer,
  deep,
  opaque: opaque(20),
  'no bytes': opaque(0),
  'five bytes': fixedOpaque(5),
  string: string(800),
  charArray: charArray(20),
  charString: charString(100),
  fixedCharString: fixedCharString(32),
  'three points': fixedArray(point, 3),
};

const agrees = test.macro({
  title: (name = '') => `${name}: another XDR library writes the same bytes, and they are read back as the same value`,
  exec(t, schema: Schema<unknown>) {
    const judge = judgeType(schema);
    const property = fc.property(valueOf(schema), value => {
      const hex = encoded(schema, value);
      t.is(hex, Buffer.from(judge.encode(judgeValue(schema, value))).toString('hex'));
      t.deepEqual(decoded(schema, hex), value);
    });
    fc.assert(property, { numRuns: 200 });
  },
});
for (const [name, schema] of Object.entries(everyKind)) test(name, agrees, schema);

const reads = test.macro({
  title: (name = '') => `reading takes ${name}`,
  exec(t, schema: Schema<unknown>, hex: string, value: unknown) {
    t.deepEqual(decoded(schema, hex), value);
  },
});
test('any discriminator but 0 as a value', reads, point, '00000007 01000000 00000009'.replaceAll(' ', ''), {
  x: 7,
  y: 9,
});
test('padding of any content', reads, text, '0000000161ffffff', 'a');
test('a text that fills its char array without a NUL', reads, fixedCharString(2), '0000006100000062', 'ab');
test('a char array without any text', reads, charString(4), '00000000', '');

const refusesToRead = test.macro({
  title: (name = '') => `reading refuses ${name}`,
  exec(t, schema: Schema<unknown>, hex: string, message: string) {
    t.throws(() => decoded(schema, hex.replaceAll(' ', '')), { instanceOf: XdrError, message });
  },
});
test('less than there must be', refusesToRead, int, '000000', 'needs 4 bytes, 3 are left');
test('half a hyper', refusesToRead, hyper, '00000000', 'needs 8 bytes, 4 are left');
test('missing padding', refusesToRead, text, '00000001 61', 'needs 4 bytes, 1 are left');
test('a string beyond its bound', refusesToRead, text, '00000009', '9 bytes, at most 8 are allowed');
test('a string beyond any bound', refusesToRead, text, 'ffffffff', '4294967295 bytes, at most 8 are allowed');
test('a NUL in a short string', refusesToRead, text, '00000003 61006100', 'contains a NUL byte');
test('a NUL in a long string', refusesToRead, string(99), `00000040 ${'61'.repeat(63)}00`, 'contains a NUL byte');
test('a lone surrogate', refusesToRead, text, '00000003 eda08000', 'is not valid UTF-8');
test('half a character', refusesToRead, text, '00000001 c3000000', 'is not valid UTF-8');
test('opaque data beyond its bound', refusesToRead, opaque(3), '00000004 61626364', '4 bytes, at most 3 are allowed');
test('more items than are allowed', refusesToRead, array(int, 2), '00000003', '3 items, at most 2 are allowed');
test(
  'a count that the rest has no room for',
  refusesToRead,
  array(struct({ id: uuid, name: text }), 1_000_000),
  '000f4240 00000000',
  '1000000 items do not fit in the 4 bytes left',
);
test(
  'more chars than there are bytes for',
  refusesToRead,
  charArray(9),
  '00000002 00000061',
  '2 items do not fit in the 4 bytes left',
);
test('a char that is none', refusesToRead, charArray(9), '00000001 00000080', '[0]: 128 is not in -128..127');
test('a short that is none', refusesToRead, ushort, '00010000', '65536 is not in 0..65535');
test('a boolean that is none', refusesToRead, bool, '00000002', '2 is not a boolean');
test('an unknown member', refusesToRead, level, '00000002', '2 is none of 1, 5');
test('an unknown arm', refusesToRead, answer, '00000002 00000000', 'type 2 is none of 1, 7');
test(
  'a bad value deep inside, and tells where it is',
  refusesToRead,
  deep,
  '00000001 00000001 00000000 00000002 00000001 61000000 00000001 ff000000',
  'points[0].names[1]: is not valid UTF-8',
);

const refusesToWrite = test.macro({
  title: (name = '') => `writing refuses ${name}`,
  exec(t, write: (writer: Writer) => void, message: string | RegExp) {
    t.throws(() => write(new Writer()), { instanceOf: XdrError, message });
  },
});
test('a fraction', refusesToWrite, w => int.encode(w, 1.5), '1.5 is not a 32-bit integer');
test('NaN', refusesToWrite, w => int.encode(w, Number.NaN), 'NaN is not a 32-bit integer');
test('an int too large', refusesToWrite, w => int.encode(w, 2 ** 31), '2147483648 is not a 32-bit integer');
test('a negative uint', refusesToWrite, w => uint.encode(w, -1), '-1 is not an unsigned 32-bit integer');
test(
  'a hyper too large',
  refusesToWrite,
  w => hyper.encode(w, 2n ** 63n),
  '9223372036854775808 is not a 64-bit integer',
);
test('a negative uhyper', refusesToWrite, w => uhyper.encode(w, -1n), '-1 is not an unsigned 64-bit integer');
test('a char too large', refusesToWrite, w => char.encode(w, 128), '128 is not in -128..127');
test('a string too long', refusesToWrite, w => text.encode(w, 'ääääö'), '10 bytes, at most 8 are allowed');
test('a NUL', refusesToWrite, w => text.encode(w, 'a\0b'), 'contains a NUL character');
test(
  'a short string with a bound of zero',
  refusesToWrite,
  w => string(0).encode(w, 'a'),
  '1 bytes, at most 0 are allowed',
);
test(
  'a UUID that is none',
  refusesToWrite,
  w => uuid.encode(w, '3ee8a5ab-8c60-4d9e-8f5d-0123456789ag'),
  /is not a UUID/,
);
test(
  'a UUID without dashes',
  refusesToWrite,
  w => uuid.encode(w, '3ee8a5ab8c604d9e8f5d0123456789abcdef'),
  /is not a UUID/,
);
test(
  'a UUID with a letter beyond ASCII',
  refusesToWrite,
  w => uuid.encode(w, '3ee8a5ab-8c60-4d9e-8f5d-0123456789aé'),
  /is not a UUID/,
);
test('too many bytes', refusesToWrite, w => opaque(1).encode(w, Buffer.alloc(2)), '2 bytes, at most 1 are allowed');
test(
  'another number of bytes',
  refusesToWrite,
  w => fixedOpaque(3).encode(w, Buffer.alloc(2)),
  '2 bytes in place of 3',
);
test('too many items', refusesToWrite, w => array(int, 1).encode(w, [1, 2]), '2 items, at most 1 are allowed');
test('another number of items', refusesToWrite, w => fixedArray(int, 3).encode(w, [1]), '1 items in place of 3');
test(
  'a text that leaves no room for its NUL',
  refusesToWrite,
  w => fixedCharString(3).encode(w, 'abc'),
  /more than 2 bytes/,
);
test(
  'a bad value deep inside, and tells where it is',
  refusesToWrite,
  w => deep.encode(w, { points: [{ at: { x: 1, y: 0.5 }, names: [] }] }),
  'points[0].at.y: 0.5 is not a 32-bit integer',
);

test('an array of values that take no bytes cannot be described', t => {
  t.throws(() => array(nothing, 5), { instanceOf: TypeError });
});

test('a lone surrogate is written as a replacement character', t => {
  t.is(decoded(text, encoded(text, '\ud800')), '\u{fffd}');
});

test('a UUID is written from either case and read in lower case', t => {
  const id = '3EE8A5AB-8C60-4D9E-8F5D-0123456789AB';
  t.is(decoded(uuid, encoded(uuid, id)), id.toLowerCase());
});

test('what was read does not change with the memory that it was read from', t => {
  const bytes = Buffer.from('0000000361626300', 'hex');
  const value = opaque(8).decode(new Reader(bytes));
  bytes.fill(0xff);
  t.deepEqual(value, new Uint8Array([0x61, 0x62, 0x63]));
});

test('a piece that was taken does not change with what is written next', t => {
  const writer = new Writer();
  writer.uint(1);
  const first = writer.take();
  for (let count = 0; count < 10_000; count += 1) writer.uint(count);
  const second = writer.take();
  t.is(first.toString('hex'), '00000001');
  t.is(second.length, 40_000);
  t.is(second.readUInt32BE(39_996), 9999);
  t.is(writer.length, 0);
});

test('what a writer takes back leaves no trace', t => {
  const writer = new Writer();
  writer.uint(1);
  const { length } = writer;
  writer.string('x'.repeat(100_000), 100_000);
  writer.rewind(length);
  writer.uint(2);
  t.is(writer.take().toString('hex'), '0000000100000002');
});
