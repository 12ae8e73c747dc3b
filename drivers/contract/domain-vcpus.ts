import type { VcpuState } from './constants.ts';
import type { DomainRef } from './domain.ts';

/** virVcpuInfo, and where the vCPU may run. */
export interface VcpuInfo {
  readonly number: number;
  readonly state: VcpuState;
  /** Nanoseconds. */
  readonly cpuTime: bigint;
  /** The host's CPU, or one of VcpuHostCpuState. */
  readonly cpu: number;
  /** Numbers of the host's CPUs, ascending. */
  readonly affinity: readonly number[];
}

/** The processors of domains: how many, and where they run. Lists of CPUs hold the numbers of the host's, ascending. */
export interface DomainVcpus {
  /** The most vCPUs that a domain of this type may have; null is any type. Throws invalidArg for another type. */
  connectGetMaxVcpus(type: string | null): number;
  /** Flags of DomainVcpuFlags. */
  domainGetVcpusFlags(domain: DomainRef, flags: number): number;
  domainSetVcpusFlags(domain: DomainRef, vcpus: number, flags: number): Promise<void>;
  /** Of the first `most` vCPUs of a running domain. */
  domainGetVcpus(domain: DomainRef, most: number): Promise<VcpuInfo[]>;
  domainPinVcpuFlags(domain: DomainRef, vcpu: number, cpus: readonly number[], flags: number): Promise<void>;
  /** One list for each of the first `most` vCPUs, whether it is pinned or not. */
  domainGetVcpuPinInfo(domain: DomainRef, most: number, flags: number): Promise<(readonly number[])[]>;
  domainPinEmulator(domain: DomainRef, cpus: readonly number[], flags: number): Promise<void>;
  domainGetEmulatorPinInfo(domain: DomainRef, flags: number): Promise<readonly number[]>;
}
