import { errors } from '../../contract/error.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import type { LxcDomain } from '../domain.ts';
import type { ContainerProcess } from './container-process.ts';

/** Which domains run, and as what. */
export class ProcessTable {
  readonly #processes = new Map<LxcDomain, ContainerProcess>();
  /** Domains in the middle of their start: destroying one is no error, though it does not run yet. */
  readonly starting = new Set<LxcDomain>();

  get size(): number {
    return this.#processes.size;
  }

  attach(domain: LxcDomain, process: ContainerProcess): void {
    this.#processes.set(domain, process);
    domain.running = process;
  }

  detach(domain: LxcDomain): void {
    this.#processes.delete(domain);
    domain.running = null;
  }

  of(domain: LxcDomain): ContainerProcess | null {
    return this.#processes.get(domain) ?? null;
  }

  /** Throws operationInvalid when the domain does not run. */
  running(domain: LxcDomain): ContainerProcess {
    const process = this.#processes.get(domain);
    if (process === undefined) throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
    return process;
  }

  all(): IterableIterator<[LxcDomain, ContainerProcess]> {
    return this.#processes.entries();
  }
}
