/** Samples of one name: what they mean and what tells them apart. */
export interface Family {
  /** By Prometheus' conventions: base units, and "_total" behind what only grows. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly labels: readonly string[];
}

type Maker = (name: string, help: string, ...labels: readonly string[]) => Family;

const maker =
  (type: Family['type']): Maker =>
  (name, help, ...labels) => ({ name, type, help, labels });

/** Only grows, until what is counted begins anew. */
export const counter: Maker = maker('counter');
export const gauge: Maker = maker('gauge');
export const histogram: Maker = maker('histogram');
export const summary: Maker = maker('summary');
