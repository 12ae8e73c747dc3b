/** What answers are made of. A member that is undefined is left out; bigints are numbers of any size. */
export type Json =
  null | boolean | number | bigint | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** The text of an answer, as libvirt writes JSON: in one line, without blanks. */
export function formatJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(formatJson).join(',')}]`;
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${formatJson(member)}`],
  );
  return `{${members.join(',')}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
