import type { Schema, Shape } from '../../protocol/xdr/index.ts';

/** Words that mean something to a file system, a shell, a format string, a configuration, a terminal or a number's reader. */
export const hostileTexts: readonly string[] = [
  '',
  '.',
  '..',
  '../../../../etc/passwd',
  '/',
  '/etc/shadow',
  'a/b',
  '-rf',
  '--help',
  '%s%n',
  '\'"`$(id);|&',
  'a\nb',
  'a\u001b[2Jb',
  'a\0b',
  '<a/>',
  '&amp;',
  'é'.repeat(200),
  'x'.repeat(300),
  'x'.repeat(70_000),
  '0',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  '9007199254740993',
  '18446744073709551615',
  '99999999999999999999999999',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  'br+',
  'br@1',
  'x{}',
  '10.1.1.1',
  'fe80::1%lo',
  '::ffff:10.1.1.1',
  '::/0',
];

const numbers = [0, 1, 2, 3, 4, 7, 8, 16, 64, 255, 256, 0xffff, 0x1_0000, 0x7fff_ffff] as const;
const longs = [0n, 1n, 511n, 512n, 1n << 20n, 1n << 31n, (1n << 53n) + 1n, 1n << 62n, (1n << 63n) - 1n] as const;

/** What a value is made of. */
export interface Sources {
  readonly below: (limit: number) => number;
  /** A text for the field of that name. */
  readonly text: (field: string) => string;
  readonly uuid: () => string;
}

/** A value of `schema` that a client would have to be malicious, or unlucky, to send. */
export function hostileValue(schema: Schema<unknown>, sources: Sources, field = ''): unknown {
  const { shape } = schema;
  const of = (item: Schema<unknown>, name = field): unknown => hostileValue(item, sources, name);
  const many = (item: Schema<unknown>, length: number): unknown[] => Array.from({ length }, () => of(item));
  const { below } = sources;
  switch (shape.kind) {
    case 'optional':
      return below(3) === 0 ? null : of(shape.item);
    case 'array':
      return many(shape.item, below(Math.min(shape.bound, 4) + 1));
    case 'fixedArray':
      return many(shape.item, shape.length);
    case 'struct':
      return Object.fromEntries(Object.entries(shape.fields).map(([name, item]) => [name, of(item, name)]));
    case 'union': {
      const [type, item] = [...shape.arms][below(shape.arms.size)] ?? [0, schema];
      return { type, value: of(item) };
    }
    default:
      return hostileLeaf(shape, sources, field);
  }
}

function hostileLeaf(shape: Shape, { below, text, uuid }: Sources, field: string): unknown {
  const any = <T>(values: readonly T[]): T | undefined => values[below(values.length)];
  switch (shape.kind) {
    case 'int':
      return below(4) === 0 ? -1 - below(5) : any(numbers);
    case 'uint':
      // Mostly no flags, so that more than their check is reached.
      return below(3) > 0 ? 0 : any([...numbers, 0xffff_ffff]);
    case 'hyper':
      return any(longs);
    case 'uhyper':
      return any([...longs, (1n << 64n) - 1n]);
    case 'double':
      return any([0, -1, 1e308, Number.NaN]);
    case 'uuid':
      return uuid();
    case 'string':
      return text(field).slice(0, shape.bound);
    case 'charString':
      return text(field).slice(0, 40);
    case 'opaque':
    case 'charArray':
      return Buffer.alloc(below(Math.min(shape.bound, 100)), below(256));
    case 'fixedOpaque':
      return Buffer.alloc(shape.length, below(256));
    case 'typedParameter':
      return any([
        { field: text('param'), type: 'uint', value: any(numbers) },
        { field: text('param'), type: 'ullong', value: any(longs) },
        { field: text('param'), type: 'string', value: text('value') },
      ]);
    default:
      return below(100);
  }
}

/** A document with one of its values, the text of an element or of an attribute, replaced; or one of its parts twice, or not there. */
export function hostileDocument(document: string, below: (limit: number) => number): string {
  const values = [...document.matchAll(/='([^']*)'|>([^<>]+)</g)].filter(({ 0: found }) => !found.includes('/'));
  const found = values[below(values.length)];
  if (found === undefined) return document;
  const [before, after] = found[0].startsWith('=') ? ["='", "'"] : ['>', '<'];
  const text = (hostileTexts[below(hostileTexts.length)] ?? '').replaceAll(
    /[&<>'\n\r\t]/g,
    char => `&#${char.charCodeAt(0)};`,
  );
  return document.slice(0, found.index) + before + text + after + document.slice(found.index + found[0].length);
}
