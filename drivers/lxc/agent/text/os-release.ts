import { linesOf, shown } from './guest-text.ts';

/** What os-release(5) says of a system; a field that it does not have is null. */
export interface OsRelease {
  readonly id: string | null;
  readonly name: string | null;
  readonly prettyName: string | null;
  readonly version: string | null;
  readonly versionId: string | null;
  readonly variant: string | null;
  readonly variantId: string | null;
}

const ASSIGNMENT = /^([A-Z][A-Z0-9_]*)=(.*)$/;
/** Inside double quotes a shell takes a backslash away before these. */
const ESCAPED = /\\([\\"$`])/g;

/** Reads os-release: assignments of a shell, the last one of a name counts. */
export function parseOsRelease(bytes: Buffer): OsRelease {
  const values = new Map<string, string>();
  for (const line of linesOf(bytes)) {
    const [, name, value] = ASSIGNMENT.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, shown(unquoted(value)));
  }
  const of = (name: string): string | null => values.get(name) ?? null;
  return {
    id: of('ID'),
    name: of('NAME'),
    prettyName: of('PRETTY_NAME'),
    version: of('VERSION'),
    versionId: of('VERSION_ID'),
    variant: of('VARIANT'),
    variantId: of('VARIANT_ID'),
  };
}

function unquoted(value: string): string {
  const quote = value[0];
  if (value.length < 2 || (quote !== '"' && quote !== "'") || !value.endsWith(quote)) return value;
  const inner = value.slice(1, -1);
  return quote === '"' ? inner.replace(ESCAPED, '$1') : inner;
}
