import { XdrError } from './error.ts';
import type { Schema, Shape } from './schema.ts';

/** No bytes: what a procedure without arguments or without a result has. */
export const nothing: Schema<undefined> = {
  shape: { kind: 'void' },
  minSize: 0,
  encode: () => {},
  decode: () => undefined,
};

export const int: Schema<number> = {
  shape: { kind: 'int' },
  minSize: 4,
  encode: (writer, value) => writer.int(value),
  decode: reader => reader.int(),
};

export const uint: Schema<number> = {
  shape: { kind: 'uint' },
  minSize: 4,
  encode: (writer, value) => writer.uint(value),
  decode: reader => reader.uint(),
};

export const hyper: Schema<bigint> = {
  shape: { kind: 'hyper' },
  minSize: 8,
  encode: (writer, value) => writer.hyper(value),
  decode: reader => reader.hyper(),
};

export const uhyper: Schema<bigint> = {
  shape: { kind: 'uhyper' },
  minSize: 8,
  encode: (writer, value) => writer.uhyper(value),
  decode: reader => reader.uhyper(),
};

export const double: Schema<number> = {
  shape: { kind: 'double' },
  minSize: 8,
  encode: (writer, value) => writer.double(value),
  decode: reader => reader.double(),
};

/** A C integer type narrower than 32 bits: four bytes on the wire like any other. */
const narrow = (shape: Shape, min: number, max: number): Schema<number> => {
  const checked = (value: number): number => {
    if (value < min || value > max) throw new XdrError(`${value} is not in ${min}..${max}`);
    return value;
  };
  return {
    shape,
    minSize: 4,
    encode: (writer, value) => writer.int(checked(value)),
    decode: reader => checked(reader.int()),
  };
};

export const char = narrow({ kind: 'char' }, -128, 127);
export const uchar = narrow({ kind: 'uchar' }, 0, 255);
export const short = narrow({ kind: 'short' }, -32_768, 32_767);
export const ushort = narrow({ kind: 'ushort' }, 0, 65_535);

/** A C `bool`: 0 or 1 on the wire, and any other number is an error. */
export const bool: Schema<boolean> = {
  shape: { kind: 'bool' },
  minSize: 4,
  encode: (writer, value) => writer.uint(value ? 1 : 0),
  decode(reader) {
    const value = reader.uint();
    if (value > 1) throw new XdrError(`${value} is not a boolean`);
    return value === 1;
  },
};

/** An int that takes the values of `members` only, e.g. `enumeration({ NONE: 0, SASL: 1 } as const)`. */
export const enumeration = <const Value extends number>(members: Readonly<Record<string, Value>>): Schema<Value> => {
  const values = new Map<number, Value>(Object.values(members).map(value => [value, value]));
  const member = (number: number): Value => {
    const value = values.get(number);
    if (value === undefined) throw new XdrError(`${number} is none of ${[...values.keys()].join(', ')}`);
    return value;
  };
  return {
    shape: { kind: 'enumeration', values: [...values.keys()] },
    minSize: 4,
    encode: (writer, value) => writer.int(member(value)),
    decode: reader => member(reader.int()),
  };
};
