import type { TypedParameter } from './domain.ts';

/** virNodeInfo. `memory` in KiB, `mhz` 0 where unknown. */
export interface NodeInfo {
  readonly model: string;
  readonly memory: bigint;
  readonly cpus: number;
  readonly mhz: number;
  readonly nodes: number;
  readonly sockets: number;
  readonly cores: number;
  readonly threads: number;
}

/** A counter by its public name ("kernel", "user", …: ns; "total", "free", …: KiB). */
export interface NamedValue {
  readonly field: string;
  readonly value: bigint;
}

/** `map` has one bit per possible CPU, the lowest bit first. */
export interface CpuMap {
  readonly cpus: number;
  readonly map: Uint8Array;
  readonly online: number;
}

export interface SecurityModel {
  readonly model: string;
  readonly doi: string;
}

/** The host that a driver runs on. */
export interface NodeOperations {
  connectGetHostname(): string;
  connectGetSysinfo(flags: number): Promise<string>;
  connectGetCapabilities(): Promise<string>;
  nodeGetInfo(): NodeInfo;
  /** `cpu` -1 is the sum of all. */
  nodeGetCpuStats(cpu: number, flags: number): NamedValue[];
  /** `cell` -1 is the sum of all. */
  nodeGetMemoryStats(cell: number, flags: number): NamedValue[];
  /** Free memory of each cell from `start`, at most `max` of them, in bytes. */
  nodeGetCellsFreeMemory(start: number, max: number): bigint[];
  /** Bytes. */
  nodeGetFreeMemory(): bigint;
  nodeGetCpuMap(flags: number): CpuMap;
  nodeGetSecurityModel(): SecurityModel;
  nodeGetMemoryParameters(flags: number): TypedParameter[];
  nodeSetMemoryParameters(params: readonly TypedParameter[], flags: number): Promise<void>;
  nodeGetFreePages(pages: readonly number[], startCell: number, cellCount: number, flags: number): bigint[];
  nodeAllocPages(
    pages: readonly { size: number; count: bigint }[],
    startCell: number,
    cellCount: number,
    flags: number,
  ): Promise<number>;
  nodeSuspendForDuration(target: number, duration: bigint, flags: number): Promise<void>;
}
