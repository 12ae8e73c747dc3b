import { JobLock, type Job } from '../jobs/job-lock.ts';

/** One lock per object: calls that change it run one after the other, and queries do not wait. */
export class ObjectJobs<T extends object> {
  readonly #locks = new WeakMap<T, JobLock>();

  /** Throws operationTimeout when the jobs before it take too long. The object may have left its list when `job` runs. */
  change<R>(object: T, job: Job<R>): Promise<R> {
    return this.#lock(object).run(job);
  }

  /** For what has happened already and must be told, however long the jobs before it take. */
  follow<R>(object: T, job: Job<R>): Promise<R> {
    return this.#lock(object).run(job, null);
  }

  /** Breaks off what runs and goes first. */
  interrupt<R>(object: T, job: Job<R>): Promise<R> {
    return this.#lock(object).runUrgent(job);
  }

  #lock(object: T): JobLock {
    const existing = this.#locks.get(object);
    if (existing !== undefined) return existing;
    const lock = new JobLock();
    this.#locks.set(object, lock);
    return lock;
  }
}
