import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** What a schema is, as data: enough for another XDR library to build the same type. */
export type Shape =
  | {
      readonly kind:
        | 'void'
        | 'int'
        | 'uint'
        | 'short'
        | 'ushort'
        | 'char'
        | 'uchar'
        | 'bool'
        | 'hyper'
        | 'uhyper'
        | 'double'
        | 'uuid'
        | 'typedParameter';
    }
  | { readonly kind: 'enumeration'; readonly values: readonly number[] }
  | { readonly kind: 'opaque' | 'string' | 'charArray' | 'charString'; readonly bound: number }
  | { readonly kind: 'fixedOpaque' | 'fixedCharString'; readonly length: number }
  | { readonly kind: 'optional'; readonly item: Schema<unknown> }
  | { readonly kind: 'array'; readonly item: Schema<unknown>; readonly bound: number }
  | { readonly kind: 'fixedArray'; readonly item: Schema<unknown>; readonly length: number }
  | { readonly kind: 'struct'; readonly fields: Readonly<Record<string, Schema<unknown>>> }
  | { readonly kind: 'union'; readonly arms: ReadonlyMap<number, Schema<unknown>> };

/**
 * One type of the wire, as a value: how it is written and read. A schema is made of finished schemas only, so none can
 * contain itself and decoding cannot recurse deeper than the schema is tall.
 */
export interface Schema<T> {
  readonly shape: Shape;
  /** The fewest bytes a value takes: what the count of an array is checked against before anything is allocated. */
  readonly minSize: number;
  /** Throws XdrError when `value` is outside of what the wire can carry. */
  encode(writer: Writer, value: T): void;
  /** Throws XdrError when the bytes are not a value of this schema. */
  decode(reader: Reader): T;
}

/** The type of the values of a schema. */
export type Infer<S> = S extends { decode(reader: Reader): infer T } ? T : never;
