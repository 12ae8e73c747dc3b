import * as fc from 'fast-check';
import type { Schema } from '../xdr/index.ts';

/** Short, so that a run of a thousand schemas stays a matter of seconds; bounds have tests of their own. */
const FEW = 3;

const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', maxLength }).map(value => value.toWellFormed().replaceAll('\0', '0'));

/** With the prototype that literals have: what is decoded is compared with it. */
const record = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.record(fields, { noNullPrototype: true });

const named = (field: fc.Arbitrary<string>) => ({
  int: record({ field, type: fc.constant('int'), value: fc.integer() }),
  uint: record({ field, type: fc.constant('uint'), value: fc.nat(0xffff_ffff) }),
  llong: record({ field, type: fc.constant('llong'), value: hyper }),
  ullong: record({ field, type: fc.constant('ullong'), value: uhyper }),
  double: record({ field, type: fc.constant('double'), value: fc.double() }),
  boolean: record({ field, type: fc.constant('boolean'), value: fc.boolean() }),
  string: record({ field, type: fc.constant('string'), value: text(20) }),
});

const hyper = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uhyper = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = (maxLength: number, minLength = 0): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength, maxLength });

/** Any value that the schema can carry. */
export const valueOf = (schema: Schema<unknown>): fc.Arbitrary<unknown> => {
  const { shape } = schema;
  switch (shape.kind) {
    case 'int':
      return fc.integer();
    case 'uint':
      return fc.nat(0xffff_ffff);
    case 'short':
      return fc.integer({ min: -32_768, max: 32_767 });
    case 'ushort':
      return fc.nat(65_535);
    case 'char':
      return fc.integer({ min: -128, max: 127 });
    case 'uchar':
      return fc.nat(255);
    case 'bool':
      return fc.boolean();
    case 'hyper':
      return hyper;
    case 'uhyper':
      return uhyper;
    case 'double':
      return fc.double();
    case 'uuid':
      return fc.uuid();
    case 'enumeration':
      return fc.constantFrom(...shape.values);
    case 'opaque':
      return bytes(Math.min(shape.bound, 20));
    case 'fixedOpaque':
      return bytes(shape.length, shape.length);
    case 'charArray':
      return bytes(20).map(value => Buffer.from(value));
    case 'string':
      return text(Math.min(200, shape.bound >> 2));
    case 'charString':
      return text(20);
    case 'fixedCharString':
      return fc.string({ unit: 'grapheme-ascii', maxLength: shape.length - 1 });
    case 'optional':
      return fc.option(valueOf(shape.item));
    case 'array':
      return fc.array(valueOf(shape.item), { maxLength: Math.min(shape.bound, FEW) });
    case 'fixedArray':
      return fc.array(valueOf(shape.item), { minLength: shape.length, maxLength: shape.length });
    case 'struct':
      return record(Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, valueOf(field)])));
    case 'union':
      return fc.oneof(
        ...[...shape.arms].map(([type, item]) => record({ type: fc.constant(type), value: valueOf(item) })),
      );
    case 'typedParameter':
      return fc.oneof(...Object.values(named(text(20))));
    default:
      return fc.constant(undefined);
  }
};
