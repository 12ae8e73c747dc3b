import * as xdr from '@stellar/js-xdr';
import type { Schema } from '../xdr/index.ts';

type Type = xdr.XdrType<unknown>;

/** The type that another XDR library makes of the same description. */
export const judgeType = (schema: Schema<unknown>): Type => {
  const { shape } = schema;
  switch (shape.kind) {
    case 'int':
    case 'short':
    case 'char':
      return xdr.int32();
    case 'uint':
    case 'ushort':
    case 'uchar':
      return xdr.uint32();
    case 'bool':
      return xdr.bool();
    case 'hyper':
      return xdr.int64();
    case 'uhyper':
      return xdr.uint64();
    case 'double':
      return xdr.double();
    case 'uuid':
      return xdr.opaque(16);
    case 'enumeration':
      return xdr.enumType('Enum', Object.fromEntries(shape.values.map(value => [`member${value}`, value])));
    case 'opaque':
      return xdr.varOpaque(shape.bound);
    case 'fixedOpaque':
      return xdr.opaque(shape.length);
    case 'string':
      return xdr.string(shape.bound);
    case 'charArray':
    case 'charString':
      return xdr.array(xdr.int32(), shape.bound);
    case 'fixedCharString':
      return xdr.fixedArray(xdr.int32(), shape.length);
    case 'optional':
      return xdr.option(judgeType(shape.item));
    case 'array':
      return xdr.array(judgeType(shape.item), shape.bound);
    case 'fixedArray':
      return xdr.fixedArray(judgeType(shape.item), shape.length);
    case 'struct':
      return xdr.struct('Struct', mapValues(shape.fields, judgeType));
    case 'union':
      return judgeUnion([...shape.arms].map(([type, item]) => [type, judgeType(item)]));
    case 'typedParameter':
      return xdr.struct('Parameter', { field: xdr.string(4_194_304), value: judgeUnion(parameterArms) });
    default:
      return xdr.void();
  }
};

const parameterArms: readonly (readonly [number, Type])[] = [
  [1, xdr.int32()],
  [2, xdr.uint32()],
  [3, xdr.int64()],
  [4, xdr.uint64()],
  [5, xdr.double()],
  [6, xdr.int32()],
  [7, xdr.string(4_194_304)],
];

const judgeUnion = (arms: readonly (readonly [number, Type])[]): Type =>
  xdr.union('Union', {
    switchOn: xdr.int32(),
    cases: arms.map(([type, item]) => xdr.case(`case${type}`, type, xdr.field('value', item))),
  });

/** The same value in the form that the other library wants. */
export const judgeValue = (schema: Schema<unknown>, value: unknown): unknown => {
  const { shape } = schema;
  switch (shape.kind) {
    case 'uuid':
      return Buffer.from(String(value).replaceAll('-', ''), 'hex');
    case 'string':
      return Buffer.from(String(value));
    case 'charArray':
      return value instanceof Uint8Array ? [...new Int8Array(value)] : value;
    case 'charString':
      return [...new Int8Array(Buffer.from(`${String(value)}\0`))];
    case 'fixedCharString':
      return [...new Int8Array(Buffer.from(String(value).padEnd(shape.length, '\0')))];
    case 'optional':
      return value === null ? null : judgeValue(shape.item, value);
    case 'array':
    case 'fixedArray':
      return Array.isArray(value) ? value.map((item: unknown) => judgeValue(shape.item, item)) : value;
    case 'struct':
      return mapValues(shape.fields, (field, name) => judgeValue(field, property(value, name)));
    case 'union': {
      const type = Number(property(value, 'type'));
      const item = shape.arms.get(type);
      return { type, value: item === undefined ? undefined : judgeValue(item, property(value, 'value')) };
    }
    case 'typedParameter':
      return judgeParameter(value);
    default:
      return value;
  }
};

const PARAMETER_TYPES = ['int', 'uint', 'llong', 'ullong', 'double', 'boolean', 'string'];

const judgeParameter = (parameter: unknown): unknown => {
  const type = PARAMETER_TYPES.indexOf(String(property(parameter, 'type'))) + 1;
  const value = property(parameter, 'value');
  return { field: Buffer.from(String(property(parameter, 'field'))), value: { type, value: judgeScalar(value) } };
};

const judgeScalar = (value: unknown): unknown => {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' ? Buffer.from(value) : value;
};

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
