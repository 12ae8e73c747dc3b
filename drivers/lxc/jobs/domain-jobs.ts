import type { DomainRef } from '../../contract/domain.ts';
import type { LxcDomain } from '../domain.ts';
import type { DomainList } from '../list/domain-list.ts';
import { ObjectJobs } from '../../objects/object-jobs.ts';

/** What a call does while it has the domain for itself; see `Job`. */
export type DomainJob<T> = (domain: LxcDomain, signal: AbortSignal) => Promise<T> | T;

/** Jobs on domains of the list. */
export class DomainJobs {
  readonly #list: DomainList;
  readonly #jobs = new ObjectJobs<LxcDomain>();

  constructor(list: DomainList) {
    this.#list = list;
  }

  /**
   * Finds the domain and does `job` alone with it. Throws noDomain, also when the domain goes away while the call waits,
   * and operationTimeout.
   */
  change<T>(ref: DomainRef, job: DomainJob<T>): Promise<T> {
    return this.changeDomain(this.#list.find(ref), (domain, signal) => {
      this.#list.find(ref);
      return job(domain, signal);
    });
  }

  /** The same for a domain at hand, which may have left the list when its turn comes. */
  changeDomain<T>(domain: LxcDomain, job: DomainJob<T>): Promise<T> {
    return this.#jobs.change(domain, signal => job(domain, signal));
  }

  /** For what has happened already and must be told, however long the jobs before it take. */
  follow<T>(domain: LxcDomain, job: DomainJob<T>): Promise<T> {
    return this.#jobs.follow(domain, signal => job(domain, signal));
  }

  /** Breaks off what runs and goes first. */
  interrupt<T>(domain: LxcDomain, job: DomainJob<T>): Promise<T> {
    return this.#jobs.interrupt(domain, signal => job(domain, signal));
  }
}
