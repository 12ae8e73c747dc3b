import test from 'ava';
import * as fc from 'fast-check';
import { attribute, parseAttributes, parseText, parseU32, text, u32 } from './netlink-attributes.ts';
import { decode } from './rtnetlink.ts';

test('attributes come back as they were written', t => {
  const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(values, values => {
      const expected = new Map(values);
      const parsed = parseAttributes(Buffer.concat(values.map(([type, value]) => attribute(type, Buffer.from(value)))));
      t.deepEqual(new Map([...parsed].map(([type, value]) => [type, new Uint8Array(value)])), expected);
    }),
  );
  t.is(parseText(parseAttributes(attribute(3, text('eth0'))).get(3)), 'eth0');
  t.is(parseU32(parseAttributes(attribute(4, u32(4_000_000_000))).get(4)), 4_000_000_000);
});

test('bytes of any kind are read within their bounds', t => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, bytes => {
      for (const parse of [parseAttributes, (datagram: Buffer) => decode(datagram, 'test')]) {
        try {
          parse(Buffer.from(bytes));
        } catch (error) {
          // RangeError, or what an error message says
          t.true(error instanceof Error && (error instanceof RangeError || 'errno' in error));
        }
      }
    }),
  );
});
