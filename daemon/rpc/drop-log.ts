import type { Log } from '../../drivers/contract/log.ts';

/** Lines within one period, and its length in ms. */
const LINES = 20;
const PERIOD_MS = 10_000;

export interface Drop {
  /** Null before it is one: its handshake has failed. */
  readonly client: number | null;
  /** Of a local client. */
  readonly pid: number | undefined;
  /** Of a remote one. */
  readonly address: string | null;
  readonly reason: string;
}

/** Says which clients were dropped and why; anybody can be dropped as often as they like, so what is more is counted. */
export class DropLog {
  readonly #log: Log;
  readonly #one: string;
  readonly #more: string;
  #count = 0;
  /** A period runs, at whose end the rest is told. */
  #counting = false;

  constructor(log: Log, one = 'Dropped a client', more = 'Dropped more clients') {
    this.#log = log;
    this.#one = one;
    this.#more = more;
  }

  tell(drop: Drop): void {
    if (!this.#counting) setTimeout(() => this.#sum(), PERIOD_MS).unref();
    this.#counting = true;
    this.#count += 1;
    if (this.#count <= LINES) this.#log.warn(drop, this.#one);
  }

  #sum(): void {
    if (this.#count > LINES) this.#log.warn({ count: this.#count - LINES }, this.#more);
    this.#count = 0;
    this.#counting = false;
  }
}
