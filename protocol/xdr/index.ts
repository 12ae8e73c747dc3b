/** XDR (RFC 4506): everything that a description of a wire format is made of. */
export { charArray, charString, fixedCharString, fixedOpaque, opaque, string, uuid } from './bytes.ts';
export { array, fixedArray, optional, struct, union } from './compound.ts';
export { XdrError } from './error.ts';
export {
  bool,
  char,
  double,
  enumeration,
  hyper,
  int,
  nothing,
  short,
  uchar,
  uhyper,
  uint,
  ushort,
} from './primitives.ts';
export { Reader } from './reader.ts';
export type { Infer, Schema, Shape } from './schema.ts';
export { Writer } from './writer.ts';
