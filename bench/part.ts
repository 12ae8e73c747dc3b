import type { Target } from './target.ts';

/** One figure of a part: what the table shows in its first columns. */
export interface Figure {
  readonly label: string;
  readonly unit: string;
  /** Whether more is better; else less is. */
  readonly more?: true;
  /** The most (or, where more is better, the least) that lxvirtd may have of the peer's figure. */
  readonly budget?: number;
}

/** Something measured on one daemon. Each key of `figures` is a number of what `measure` returns. */
export interface Part {
  readonly figures: Readonly<Record<string, Figure>>;
  measure(target: Target): Promise<Readonly<Record<string, number>>>;
}
