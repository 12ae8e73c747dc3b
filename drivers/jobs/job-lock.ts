import { errors } from '../contract/error.ts';

/** How long a call waits for the jobs before it, in ms. */
const WAIT_LIMIT = 30_000;

/** A job's own work; it ends early, by throwing, when `signal` is aborted: somebody wants the domain destroyed. */
export type Job<T> = (signal: AbortSignal) => Promise<T> | T;

/**
 * Serialises the calls that change one domain, first come, first served. One that destroys it goes before all that
 * wait and ends the one that runs.
 */
export class JobLock {
  #held = false;
  #running: AbortController | null = null;
  #waiters: (() => void)[] = [];

  /** Throws operationTimeout when the jobs before it take longer than `limit` ms; null waits for as long as it takes. */
  async run<T>(job: Job<T>, limit: number | null = WAIT_LIMIT): Promise<T> {
    if (this.#held) await this.#waitInLine(limit);
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

  #waitInLine(limit: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiters = this.#waiters.filter(waiter => waiter !== enter);
        reject(errors.operationTimeout('cannot acquire state change lock'));
      };
      const timer = limit === null ? undefined : setTimeout(giveUp, limit);
      this.#waiters.push(enter);
    });
  }
}
