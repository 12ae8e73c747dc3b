import { locate, XdrError } from './error.ts';
import type { Reader } from './reader.ts';
import type { Infer, Schema } from './schema.ts';
import type { Writer } from './writer.ts';

type Fields = Readonly<Record<string, Schema<unknown>>>;
export type StructValue<F extends Fields> = { readonly [Name in keyof F]: Infer<F[Name]> };

type Arms = Readonly<Record<number, Schema<unknown>>>;
export type UnionValue<A extends Arms> = {
  [Type in Extract<keyof A, number>]: { readonly type: Type; readonly value: Infer<A[Type]> };
}[Extract<keyof A, number>];

/**
 * A value or null. Any discriminator but 0 means that the value follows: there are clients that write theirs in the
 * other byte order, and the real daemon reads them. Written, it is 0 or 1.
 */
export const optional = <T>(item: Schema<T>): Schema<T | null> => ({
  shape: { kind: 'optional', item },
  minSize: 4,
  encode(writer, value) {
    writer.uint(value === null ? 0 : 1);
    if (value !== null) item.encode(writer, value);
  },
  decode: reader => (reader.uint() === 0 ? null : item.decode(reader)),
});

/** At most `bound` items with their count. */
export const array = <T>(item: Schema<T>, bound: number): Schema<readonly T[]> => {
  if (item.minSize === 0) throw new TypeError('an array of values that take no bytes has no bound');
  return {
    shape: { kind: 'array', item, bound },
    minSize: 4,
    encode(writer, values) {
      writer.count(values.length, bound);
      encodeItems(item, writer, values);
    },
    decode: reader => decodeItems(item, reader, reader.count(bound, item.minSize)),
  };
};

/** Exactly `length` items, without a count. */
export const fixedArray = <T>(item: Schema<T>, length: number): Schema<readonly T[]> => ({
  shape: { kind: 'fixedArray', item, length },
  minSize: item.minSize * length,
  encode(writer, values) {
    if (values.length !== length) throw new XdrError(`${values.length} items in place of ${length}`);
    encodeItems(item, writer, values);
  },
  decode: reader => decodeItems(item, reader, length),
});

const encodeItems = <T>(item: Schema<T>, writer: Writer, values: readonly T[]): void => {
  let index = 0;
  try {
    for (const value of values) {
      item.encode(writer, value);
      index += 1;
    }
  } catch (error) {
    throw locate(error, index);
  }
};

const decodeItems = <T>(item: Schema<T>, reader: Reader, count: number): T[] => {
  const values: T[] = [];
  try {
    while (values.length < count) values.push(item.decode(reader));
  } catch (error) {
    throw locate(error, values.length);
  }
  return values;
};

/** Fields in the order they are named, with nothing between them. */
export function struct<const F extends Fields>(fields: F): Schema<StructValue<F>>;
export function struct(fields: Fields): Schema<Record<string, unknown>> {
  const entries = Object.entries(fields);
  return {
    shape: { kind: 'struct', fields },
    minSize: entries.reduce((sum, [, field]) => sum + field.minSize, 0),
    encode(writer, value) {
      let at = '';
      try {
        for (const [name, field] of entries) {
          at = name;
          field.encode(writer, value[name]);
        }
      } catch (error) {
        throw locate(error, at);
      }
    },
    decode(reader) {
      const value: Record<string, unknown> = {};
      let at = '';
      try {
        for (const [name, field] of entries) {
          at = name;
          value[name] = field.decode(reader);
        }
      } catch (error) {
        throw locate(error, at);
      }
      return value;
    },
  };
}

/** An int that tells which of `arms` follows, e.g. `union({ 1: int, 7: string(64) })`; an unknown one is an error. */
export function union<const A extends Arms>(arms: A): Schema<UnionValue<A>>;
export function union(arms: Arms): Schema<{ type: number; value: unknown }> {
  const byType = new Map(Object.entries(arms).map(([type, item]) => [Number(type), item]));
  const armOf = (type: number): Schema<unknown> => {
    const item = byType.get(type);
    if (item === undefined) throw new XdrError(`type ${type} is none of ${[...byType.keys()].join(', ')}`);
    return item;
  };
  return {
    shape: { kind: 'union', arms: byType },
    minSize: 4 + Math.min(...[...byType.values()].map(item => item.minSize)),
    encode(writer, { type, value }) {
      const item = armOf(type);
      writer.int(type);
      item.encode(writer, value);
    },
    decode(reader) {
      const type = reader.int();
      return { type, value: armOf(type).decode(reader) };
    },
  };
}
