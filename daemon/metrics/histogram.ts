import type { Exposition } from './exposition.ts';
import type { Family } from './family.ts';

/** Upper bounds in seconds: from what answers from memory to what waits for a domain's job. */
const BOUNDS = [1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30] as const;

/** Written with a fraction in either format, so that a bucket is the same series in both. */
const boundTexts = BOUNDS.map(bound => (Number.isInteger(bound) ? bound.toFixed(1) : String(bound)));

/** How often something took how long. */
export class Histogram {
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #sum = 0;

  /** In seconds. */
  observe(time: number): void {
    let index = 0;
    while (index < BOUNDS.length && time > (BOUNDS[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += time;
  }

  /** Each bucket with all below it. */
  expose(into: Exposition, family: Family, labels: string): void {
    let count = 0;
    for (const [index, own] of this.#counts.entries()) {
      count += own;
      into.add(family, `${labels},le="${boundTexts[index] ?? '+Inf'}"`, count, '_bucket');
    }
    into.add(family, labels, this.#sum, '_sum');
    into.add(family, labels, count, '_count');
  }
}
