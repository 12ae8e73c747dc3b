import type { DomainRef, TypedParameter } from './domain.ts';

/** Which nodes a domain's memory comes from: numa_mode (an int of DomainNumatuneMemMode) and numa_nodeset ("0-1,3"). */
export interface DomainNuma {
  domainGetNumaParameters(domain: DomainRef, flags: number): Promise<TypedParameter[]>;
  domainSetNumaParameters(domain: DomainRef, params: readonly TypedParameter[], flags: number): Promise<void>;
}
