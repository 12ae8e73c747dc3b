import type { Log } from '../../drivers/contract/log.ts';

/** Lines within one period, and its length in ms. */
const LINES = 20;
const PERIOD_MS = 10_000;

export interface LimitedLines {
  readonly level: 'info' | 'warn';
  readonly one: string;
  /** For those that were one too many: how many there were. */
  readonly more: string;
}

/** Tells of what anybody can bring about as often as they like: some of it line by line, the rest as a count. */
export class LimitedLog {
  readonly #log: Log;
  readonly #lines: LimitedLines;
  #count = 0;
  /** A period runs, at whose end the rest is told. */
  #counting = false;

  constructor(log: Log, lines: LimitedLines) {
    this.#log = log;
    this.#lines = lines;
  }

  tell(facts: object): void {
    if (!this.#counting) setTimeout(() => this.#sum(), PERIOD_MS).unref();
    this.#counting = true;
    this.#count += 1;
    if (this.#count <= LINES) this.#log[this.#lines.level](facts, this.#lines.one);
  }

  #sum(): void {
    if (this.#count > LINES) this.#log[this.#lines.level]({ count: this.#count - LINES }, this.#lines.more);
    this.#count = 0;
    this.#counting = false;
  }
}
