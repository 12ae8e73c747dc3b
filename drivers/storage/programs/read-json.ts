import { internal } from '../errors.ts';

/** A row of a report: values are texts, whatever they mean. */
export type Row = Readonly<Record<string, string>>;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `program` printed. Throws internalError for what is no JSON. */
export function parseOutput(program: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw internal(`the output of ${program} cannot be read`, error);
  }
}

/** The objects of a list with their texts and numbers; what is no list has none. */
export const rowsOf = (list: unknown): Row[] =>
  Array.isArray(list) ? list.filter(isObject).map(object => rowOf(object)) : [];

const rowOf = (object: Readonly<Record<string, unknown>>): Row =>
  Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );

/** A field that holds a number of bytes, sectors, …; 0 where it does not. */
export const count = (row: Row, name: string): bigint => {
  const text = row[name] ?? '';
  return /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
};
