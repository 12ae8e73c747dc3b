import { deniedSyscalls, seccompFilter } from '../../../native/plan/seccomp.ts';

/** The default filter of system calls; few sets of capabilities are in use, so each filter is made once. */
export class SystemCallFilters {
  readonly #filters = new Map<bigint, Uint8Array>();

  for(capabilities: bigint): Uint8Array {
    const known = this.#filters.get(capabilities);
    if (known !== undefined) return known;
    const filter = seccompFilter(deniedSyscalls(capabilities));
    this.#filters.set(capabilities, filter);
    return filter;
  }
}
