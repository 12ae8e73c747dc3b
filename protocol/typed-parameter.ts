import { locate, XdrError } from './xdr/error.ts';
import type { Reader, Schema, Writer } from './xdr/index.ts';
import { STRING_MAX } from './limits.ts';

/** One named, typed value, as the public API's virTypedParameter has it. */
export type TypedParameter =
  | { readonly field: string; readonly type: 'int'; readonly value: number }
  | { readonly field: string; readonly type: 'uint'; readonly value: number }
  | { readonly field: string; readonly type: 'llong'; readonly value: bigint }
  | { readonly field: string; readonly type: 'ullong'; readonly value: bigint }
  | { readonly field: string; readonly type: 'double'; readonly value: number }
  | { readonly field: string; readonly type: 'boolean'; readonly value: boolean }
  | { readonly field: string; readonly type: 'string'; readonly value: string };

/** The discriminants of the wire's union. */
const INT = 1;
const UINT = 2;
const LLONG = 3;
const ULLONG = 4;
const DOUBLE = 5;
const BOOLEAN = 6;
const STRING = 7;

/**
 * `{field, union value}` of the wire as one flat object. Replies carry tens of thousands of them, so both directions
 * are written out by hand.
 */
export const typedParameter: Schema<TypedParameter> = {
  shape: { kind: 'typedParameter' },
  minSize: 12,
  encode(writer, parameter) {
    try {
      writer.string(parameter.field, STRING_MAX);
      encodeValue(writer, parameter);
    } catch (error) {
      throw locate(error, parameter.field);
    }
  },
  decode(reader) {
    let step = 'field';
    try {
      const field = reader.string(STRING_MAX);
      step = 'value';
      return decodeValue(reader, field);
    } catch (error) {
      throw locate(error, step);
    }
  },
};

function encodeValue(writer: Writer, parameter: TypedParameter): void {
  switch (parameter.type) {
    case 'int':
      writer.int(INT);
      return writer.int(parameter.value);
    case 'uint':
      writer.int(UINT);
      return writer.uint(parameter.value);
    case 'llong':
      writer.int(LLONG);
      return writer.hyper(parameter.value);
    case 'ullong':
      writer.int(ULLONG);
      return writer.uhyper(parameter.value);
    case 'double':
      writer.int(DOUBLE);
      return writer.double(parameter.value);
    case 'boolean':
      writer.int(BOOLEAN);
      return writer.int(parameter.value ? 1 : 0);
    case 'string':
      writer.int(STRING);
      return writer.string(parameter.value, STRING_MAX);
  }
}

function decodeValue(reader: Reader, field: string): TypedParameter {
  const type = reader.int();
  switch (type) {
    case INT:
      return { field, type: 'int', value: reader.int() };
    case UINT:
      return { field, type: 'uint', value: reader.uint() };
    case LLONG:
      return { field, type: 'llong', value: reader.hyper() };
    case ULLONG:
      return { field, type: 'ullong', value: reader.uhyper() };
    case DOUBLE:
      return { field, type: 'double', value: reader.double() };
    case BOOLEAN:
      return { field, type: 'boolean', value: reader.int() !== 0 };
    case STRING:
      return { field, type: 'string', value: reader.string(STRING_MAX) };
    default:
      throw new XdrError(`type ${type} is none of ${INT} to ${STRING}`);
  }
}
