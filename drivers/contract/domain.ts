import type { DomainState } from './constants.ts';

/** A domain as clients name it. `id` is the controller's pid, -1 when the domain does not run; `uuid` is lower-case 8-4-4-4-12. */
export interface DomainRef {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
}

/** One named, typed value of the public API's virTypedParameter. */
export type TypedParameter =
  | { readonly field: string; readonly type: 'int'; readonly value: number }
  | { readonly field: string; readonly type: 'uint'; readonly value: number }
  | { readonly field: string; readonly type: 'llong'; readonly value: bigint }
  | { readonly field: string; readonly type: 'ullong'; readonly value: bigint }
  | { readonly field: string; readonly type: 'double'; readonly value: number }
  | { readonly field: string; readonly type: 'boolean'; readonly value: boolean }
  | { readonly field: string; readonly type: 'string'; readonly value: string };

/** virDomainInfo. Memory in KiB, CPU time in ns since the start. */
export interface DomainInfo {
  readonly state: DomainState;
  readonly maxMemory: bigint;
  readonly memory: bigint;
  readonly vcpus: number;
  readonly cpuTime: bigint;
}

/** State with its reason (one of the Domain*Reason constants of that state). */
export interface DomainStateReason {
  readonly state: DomainState;
  readonly reason: number;
}

/** virDomainBlockStats; a figure that the kernel does not keep is -1. */
export interface BlockStats {
  readonly readRequests: bigint;
  readonly readBytes: bigint;
  readonly writeRequests: bigint;
  readonly writeBytes: bigint;
  readonly errors: bigint;
}

/** virDomainInterfaceStats, seen from the guest: its received bytes are rx. */
export interface InterfaceStats {
  readonly rxBytes: bigint;
  readonly rxPackets: bigint;
  readonly rxErrors: bigint;
  readonly rxDrops: bigint;
  readonly txBytes: bigint;
  readonly txPackets: bigint;
  readonly txErrors: bigint;
  readonly txDrops: bigint;
}

/** One virDomainMemoryStatTags value; KiB where the tag is a size. */
export interface MemoryStat {
  readonly tag: number;
  readonly value: bigint;
}

/** virDomainGetCPUStats: `params` is one list per CPU asked for (or one for the total); `nparams` how many each has. */
export interface CpuStats {
  readonly params: readonly (readonly TypedParameter[])[];
  readonly nparams: number;
  /** The answer to a call that asks for zero CPUs: how many there are. */
  readonly cpus: number;
}

export interface InterfaceAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
}

export interface GuestInterface {
  readonly name: string;
  readonly hwaddr: string | null;
  readonly addresses: readonly InterfaceAddress[];
}

export interface SecurityLabel {
  readonly label: string;
  readonly enforcing: boolean;
}
