/** Wire types for values that name their kind with a word, where C has a number: its place in the list. */
import { XdrError } from '../../protocol/xdr/index.ts';
import type { Infer, Schema } from '../../protocol/xdr/index.ts';

type Arms = Readonly<Record<string, Schema<unknown>>>;
export type TaggedValue<Key extends string, A extends Arms> = {
  [Name in keyof A]: { readonly [K in Key]: Name } & Infer<A[Name]>;
}[keyof A];

/** A union whose arms are structs; `key` is the property that tells them apart. */
export function tagged<const Key extends string, const A extends Arms>(key: Key, arms: A): Schema<TaggedValue<Key, A>>;
export function tagged(key: string, arms: Arms): Schema<Record<string, unknown>> {
  const names = Object.keys(arms);
  const schemas = Object.values(arms);
  const numbers = new Map<unknown, number>(names.map((name, index) => [name, index]));
  const armOf = (number: number): Schema<unknown> => {
    const arm = schemas[number];
    if (arm === undefined) throw new XdrError(`${key} is none of ${names.join(', ')}`);
    return arm;
  };
  return {
    shape: { kind: 'union', arms: new Map(schemas.entries()) },
    minSize: 4 + Math.min(...schemas.map(arm => arm.minSize)),
    encode(writer, value) {
      const number = numbers.get(value[key]) ?? -1;
      const arm = armOf(number);
      writer.uint(number);
      arm.encode(writer, value);
    },
    decode(reader) {
      const number = reader.uint();
      return Object.assign({ [key]: names[number] }, armOf(number).decode(reader));
    },
  };
}

/** One of a few words, each sent as its number. */
export function choice<const Word extends string>(numbers: Readonly<Record<Word, number>>): Schema<Word>;
export function choice(numbers: Readonly<Record<string, number>>): Schema<string> {
  const words = new Map(Object.entries(numbers).map(([word, number]) => [number, word]));
  return {
    shape: { kind: 'enumeration', values: [...words.keys()] },
    minSize: 4,
    encode(writer, value) {
      const number = numbers[value];
      if (number === undefined) throw new XdrError(`${value} is none of ${Object.keys(numbers).join(', ')}`);
      writer.uint(number);
    },
    decode(reader) {
      const word = words.get(reader.uint());
      if (word === undefined) throw new XdrError(`none of ${Object.keys(numbers).join(', ')}`);
      return word;
    },
  };
}

/** A set of words, sent as the sum of their bits. */
export function bits<const Word extends string>(values: Readonly<Record<Word, number>>): Schema<readonly Word[]>;
export function bits(values: Readonly<Record<string, number>>): Schema<readonly string[]> {
  return {
    shape: { kind: 'uint' },
    minSize: 4,
    encode(writer, words) {
      writer.uint(words.reduce((sum, word) => sum | (values[word] ?? 0), 0) >>> 0);
    },
    decode(reader) {
      const sum = reader.uint();
      return Object.keys(values).filter(word => (sum & (values[word] ?? 0)) !== 0);
    },
  };
}
