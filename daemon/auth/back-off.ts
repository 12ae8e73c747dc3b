/** Mistakes that cost nothing: anybody mistypes a password. */
const FREE = 2;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** Who would have to wait longer, because so many of theirs wait already, is refused. */
const MAX_WAIT_MS = 30_000;
/** Without another failure they are forgotten. */
const MEMORY_MS = 600_000;
/** Of those who have failed; the one that did so longest ago is forgotten for another. */
const MAX_SOURCES = 10_000;

interface Source {
  failures: number;
  failedAt: number;
  /** When its next attempt may be made. */
  next: number;
}

/**
 * Slows down whoever tries one password after the other: each failure of a source doubles the time between its attempts, on
 * however many connections.
 */
export class BackOff {
  readonly #sources = new Map<string, Source>();
  readonly #now: () => number;

  /** `now` in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How long the next attempt of `source` has to wait, in ms; null when too many wait. */
  reserve(source: string): number | null {
    const now = this.#now();
    const known = this.#sources.get(source);
    if (known === undefined) return 0;
    if (now - known.failedAt > MEMORY_MS) {
      this.#sources.delete(source);
      return 0;
    }
    const at = Math.max(now, known.next);
    if (at - now > MAX_WAIT_MS) return null;
    known.next = at + delayAfter(known.failures);
    return at - now;
  }

  failed(source: string): void {
    const now = this.#now();
    const known = this.#sources.get(source) ?? { failures: 0, failedAt: now, next: now };
    known.failures += 1;
    known.failedAt = now;
    known.next = Math.max(known.next, now + delayAfter(known.failures));
    // In the order of their last failures.
    this.#sources.delete(source);
    this.#sources.set(source, known);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > MAX_SOURCES && oldest !== undefined) this.#sources.delete(oldest);
  }

  succeeded(source: string): void {
    this.#sources.delete(source);
  }
}

const delayAfter = (failures: number): number =>
  failures <= FREE ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (failures - FREE - 1), MAX_DELAY_MS);
