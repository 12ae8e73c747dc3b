import type { DomainRef, TypedParameter } from './domain.ts';

/** Limits of the bandwidth of a domain's interface, which is named by its host's end or its MAC address. */
export interface InterfaceTuning {
  /** All seven of "inbound.average" …: rates in kB a second, bursts in KiB; what is not limited is 0. */
  domainGetInterfaceParameters(domain: DomainRef, device: string, flags: number): Promise<TypedParameter[]>;
  /** A direction whose average is not among the parameters stays as it is; one whose average is 0 loses its limit. */
  domainSetInterfaceParameters(
    domain: DomainRef,
    device: string,
    params: readonly TypedParameter[],
    flags: number,
  ): Promise<void>;
}
