import type { Family } from './family.ts';

/** The formats that Prometheus asks for, by their content types. */
export const formats = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;
export type Format = keyof typeof formats;

/** What comes behind a family's name, in samples of a histogram or summary. */
type Suffix = '' | '_bucket' | '_sum' | '_count';

/** Strings beyond so many characters become bytes: what they are made of then lives too short to trouble the garbage collector. */
const CHUNK = 8192;

interface Samples {
  readonly chunks: Buffer[];
  rest: string;
}

/** Samples as they were collected, family by family, and how they are written. */
export class Exposition {
  readonly #samples = new Map<Family, Samples>();

  /** In this order they are written. */
  constructor(families: readonly Family[]) {
    for (const family of families) this.#samples.set(family, { chunks: [], rest: '' });
  }

  /** `labels` as `labels()` of label.ts makes them; no sample has the labels of another. */
  add(family: Family, labels: string, value: number | bigint, suffix: Suffix = ''): void {
    const samples = this.#samples.get(family);
    if (samples === undefined) throw new TypeError(`${family.name} is none of the families`);
    const name = labels === '' ? `${family.name}${suffix}` : `${family.name}${suffix}{${labels}}`;
    samples.rest += `${name} ${numberText(value)}\n`;
    if (samples.rest.length < CHUNK) return;
    samples.chunks.push(Buffer.from(samples.rest));
    samples.rest = '';
  }

  /** Families without samples are left out. */
  render(format: Format): Buffer {
    const parts = [...this.#samples].flatMap(([family, { chunks, rest }]) =>
      chunks.length === 0 && rest === '' ? [] : [Buffer.from(heading(family, format)), ...chunks, Buffer.from(rest)],
    );
    return Buffer.concat(format === 'openMetrics' ? [...parts, Buffer.from('# EOF\n')] : parts);
  }
}

/** In OpenMetrics, "_total" belongs to the samples of a counter, not to its name. */
function heading({ name, type, help }: Family, format: Format): string {
  const shown = format === 'openMetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${shown} ${help}\n# TYPE ${shown} ${type}\n`;
}

function numberText(value: number | bigint): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** The best that a client takes, by what it says in "Accept". */
export const formatFor = (accept: string | undefined): Format =>
  /application\/openmetrics-text\s*;\s*version=1\.0\.0/.test(accept ?? '') ? 'openMetrics' : 'text';
