import { errors } from '../../../contract/error.ts';

/** The assignments of a container's configuration file, as the shell would read them. */
export class VzSettings {
  readonly #values: Map<string, string>;
  readonly #asked = new Set<string>();

  constructor(config: string) {
    this.#values = readAssignments(config);
  }

  /** Empty values are none. `$VEID` is the container's number. */
  get(key: string): string | null {
    this.#asked.add(key);
    const value = this.#values.get(key) ?? '';
    return value === '' ? null : value.replace(/\$(?:VEID|CTID|\{VEID\}|\{CTID\})/g, () => this.number ?? '');
  }

  /** Words between white space. */
  words(key: string): string[] {
    return (
      this.get(key)
        ?.split(/\s+/)
        .filter(word => word !== '') ?? []
    );
  }

  /** "barrier:limit", or one figure for both. */
  pair(key: string): { readonly barrier: string; readonly limit: string } | null {
    const value = this.get(key);
    if (value === null) return null;
    const [barrier = '', limit = barrier] = value.split(':');
    return { barrier, limit };
  }

  /** The container's number: given, or the last part of a path that is one. */
  get number(): string | null {
    const given = this.#values.get('VEID') ?? this.#values.get('CTID') ?? '';
    if (given !== '') return given;
    const path = this.#values.get('VE_PRIVATE') ?? this.#values.get('VE_ROOT') ?? '';
    return /\/(\d+)\/*$/.exec(path)?.[1] ?? null;
  }

  /** "KEY=value" of everything that nobody asked for. */
  rest(): string[] {
    return [...this.#values].flatMap(([key, value]) => (this.#asked.has(key) ? [] : [`${key}="${value}"`]));
  }
}

function readAssignments(config: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [at, line] of config.split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const match = /^(?:export\s+)?([A-Za-z_]\w*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s#]*))\s*(?:#.*)?$/.exec(text);
    if (match === null) throw errors.internalError(`line ${at + 1} of the configuration is no assignment`);
    const [, key = '', double, single, bare] = match;
    values.set(key, double?.replace(/\\(.)/g, '$1') ?? single ?? bare ?? '');
  }
  return values;
}
