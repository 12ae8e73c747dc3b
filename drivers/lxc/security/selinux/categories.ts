import { randomInt } from 'node:crypto';

/** The lowest level of a range, and the categories that may be handed out: those of its highest. */
interface Range {
  readonly sensitivity: string;
  readonly first: number;
  readonly last: number;
}

/** "s0-s0:c0.c1023"; a daemon that is itself confined to few categories hands out those. */
function parseRange(level: string): Range {
  const [low = ''] = level.split('-');
  const sensitivity = low.split(':')[0] || 's0';
  const categories = /:c(\d{1,4})\.c(\d{1,4})$/.exec(level);
  const [first, last] = [Number(categories?.[1] ?? 0), Number(categories?.[2] ?? 1023)];
  return { sensitivity, first, last };
}

/** Levels with two categories each, so that no domain may touch what is another's. */
export class CategoryPool {
  readonly #range: Range;
  readonly #used = new Set<string>();

  constructor(level: string) {
    this.#range = parseRange(level);
  }

  /** "s0:c17,c311"; null when every pair is taken. */
  take(): string | null {
    const { first, last, sensitivity } = this.#range;
    const count = last - first + 1;
    if (this.#used.size >= (count * (count - 1)) / 2) return null;
    for (;;) {
      const pair = [first + randomInt(count), first + randomInt(count)].sort((a, b) => a - b);
      if (pair[0] === pair[1]) continue;
      const level = `${sensitivity}:c${pair[0]},c${pair[1]}`;
      if (this.keep(level)) return level;
    }
  }

  /** False when it is another's. */
  keep(level: string): boolean {
    if (this.#used.has(level)) return false;
    this.#used.add(level);
    return true;
  }

  giveBack(level: string): void {
    this.#used.delete(level);
  }
}
