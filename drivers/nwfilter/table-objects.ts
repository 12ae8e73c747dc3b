/** A chain or a set of a table. */
export interface TableObject {
  readonly kind: 'chains' | 'sets';
  readonly name: string;
}

const kinds = { chain: 'chains', set: 'sets' } as const;

/** The chains and sets of `table` in a list that nft printed as JSON. */
export function objectsIn(json: string, table: string): TableObject[] {
  const found: TableObject[] = [];
  const document: unknown = JSON.parse(json);
  for (const entry of entriesOf(document))
    for (const key of ['chain', 'set'] as const) {
      const object = property(entry, key);
      const name = property(object, 'name');
      if (typeof name === 'string' && property(object, 'table') === table) found.push({ kind: kinds[key], name });
    }
  return found;
}

function entriesOf(document: unknown): readonly unknown[] {
  const list = property(document, 'nftables');
  return Array.isArray(list) ? list : [];
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
