import { errors } from '../../contract/error.ts';

/** How long a call waits for the jobs before it, in ms. */
const WAIT_LIMIT = 30_000;

/** A job's own work; it ends early, by throwing, when `signal` is aborted: somebody wants the domain destroyed. */
export type Job<T> = (signal: AbortSignal) => Promise<T> | T;

/**
 * Serialises the calls that change one domain, first come, first served. One that destroys it goes before all that
 * wait and ends the one that runs.
 */
export class JobLock {
  readonly #waitLimit: number;
  #held = false;
  #running: AbortController | null = null;
  #waiters: (() => void)[] = [];

  constructor(waitLimit: number = WAIT_LIMIT) {
    this.#waitLimit = waitLimit;
  }

  /** Throws operationTimeout when the jobs before it take too long. */
  async run<T>(job: Job<T>): Promise<T> {
    if (this.#held) await this.#waitInLine();
    return await this.#perform(job);
  }

  /** Like `run`, but gets in as soon as the running job has been broken off; without a time limit. */
  async runUrgent<T>(job: Job<T>): Promise<T> {
    if (this.#held) {
      this.#running?.abort(errors.operationFailed('interrupted: the domain is being destroyed'));
      await new Promise<void>(resolve => this.#waiters.unshift(resolve));
    }
    return await this.#perform(job);
  }

  async #perform<T>(job: Job<T>): Promise<T> {
    this.#held = true;
    this.#running = new AbortController();
    try {
      return await job(this.#running.signal);
    } finally {
      this.#running = null;
      const next = this.#waiters.shift();
      // The lock stays held on its way to the next, so that no new call slips in between.
      if (next === undefined) this.#held = false;
      else next();
    }
  }

  #waitInLine(): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter(waiter => waiter !== enter);
        reject(errors.operationTimeout('cannot acquire state change lock'));
      }, this.#waitLimit);
      this.#waiters.push(enter);
    });
  }
}
