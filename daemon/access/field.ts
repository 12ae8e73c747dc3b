/** Messages have been decoded by their schemas; what a field holds is a matter of which message it is. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** Throws where there is no such text: a rule must not be answered by default. */
export function textIn(value: unknown, name: string): string {
  const text = fieldOf(value, name);
  if (typeof text !== 'string') throw new TypeError(`access control looks at '${name}', which is not there`);
  return text;
}

export function numberIn(value: unknown, name: string): number {
  const number = fieldOf(value, name);
  if (typeof number !== 'number') throw new TypeError(`access control looks at '${name}', which is not there`);
  return number;
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  if (!Array.isArray(list)) throw new TypeError(`access control looks at the list '${name}', which is not there`);
  return list;
}
