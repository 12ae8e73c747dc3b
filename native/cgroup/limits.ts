import type { Controller } from './cgroup.ts';
import {
  bytesToLegacy,
  bytesToUnified,
  parseBytes,
  parseCpuMax,
  sharesToWeight,
  weightToShares,
} from './conversions.ts';

/** How one interface keeps a limit. */
interface LimitFile<T> {
  /** Names by preference: the first that exists is used. */
  readonly files: readonly string[];
  /** The figure out of the file's text. */
  readonly parse: (text: string) => T;
  /** What to write; `current` is the file's text now, for files that keep two figures. */
  readonly format: (value: T, current: string) => string;
}

/** One limit: which controller has it, and how each interface keeps it. */
export interface Limit<T> {
  readonly controller: Controller;
  readonly v1: LimitFile<T>;
  readonly v2: LimitFile<T>;
}

const legacyBytes = (file: string): LimitFile<bigint | null> => ({
  files: [file],
  parse: parseBytes,
  format: bytesToLegacy,
});

const unifiedBytes = (file: string): LimitFile<bigint | null> => ({
  files: [file],
  parse: parseBytes,
  format: bytesToUnified,
});

const number = (file: string): LimitFile<bigint> => ({
  files: [file],
  parse: text => BigInt(text.trim()),
  format: String,
});

const list = (file: string): LimitFile<string> => ({ files: [file], parse: text => text.trim(), format: String });

/** io.weight and the weights of bfq read "default 100", then a line for each device. */
const weight = (files: readonly string[]): LimitFile<number> => ({
  files,
  parse: text => Number(/\d+/.exec(text)?.[0]),
  format: String,
});

const pidsMax: LimitFile<number | null> = {
  files: ['pids.max'],
  parse: text => (text.trim() === 'max' ? null : Number(text)),
  format: count => (count === null ? 'max' : String(count)),
};

const shares: Limit<bigint> = {
  controller: 'cpu',
  v1: number('cpu.shares'),
  v2: {
    files: ['cpu.weight'],
    parse: text => weightToShares(BigInt(text.trim())),
    format: shares => sharesToWeight(shares).toString(),
  },
};

const period: Limit<bigint> = {
  controller: 'cpu',
  v1: number('cpu.cfs_period_us'),
  v2: {
    files: ['cpu.max'],
    parse: text => parseCpuMax(text).period,
    format: (period, current) => `${parseCpuMax(current).quota ?? 'max'} ${period}`,
  },
};

const quota: Limit<bigint | null> = {
  controller: 'cpu',
  v1: legacyBytes('cpu.cfs_quota_us'),
  v2: {
    files: ['cpu.max'],
    parse: text => parseCpuMax(text).quota,
    format: (quota, current) => `${quota ?? 'max'} ${parseCpuMax(current).period}`,
  },
};

const memory = (v1: string, v2: string): Limit<bigint | null> => ({
  controller: 'memory',
  v1: legacyBytes(v1),
  v2: unifiedBytes(v2),
});

const placement = (v1: string, v2 = v1): Limit<string> => ({ controller: 'cpuset', v1: list(v1), v2: list(v2) });

/** One row for each limit: how the client's unit becomes the kernel's, and back. */
export const limits = {
  cpuShares: shares,
  /** Microseconds. */
  cpuPeriod: period,
  /** Microseconds. */
  cpuQuota: quota,
  cpus: placement('cpuset.cpus'),
  memoryNodes: placement('cpuset.mems'),
  /** To be read only: on v2 what the cgroups above leave of the lists. */
  cpusInUse: placement('cpuset.cpus', 'cpuset.cpus.effective'),
  memoryNodesInUse: placement('cpuset.mems', 'cpuset.mems.effective'),
  memory: memory('memory.limit_in_bytes', 'memory.max'),
  memorySoft: memory('memory.soft_limit_in_bytes', 'memory.high'),
  /** On v1 memory and swap together, on v2 swap alone. */
  swap: memory('memory.memsw.limit_in_bytes', 'memory.swap.max'),
  pids: { controller: 'pids', v1: pidsMax, v2: pidsMax } satisfies Limit<number | null>,
  blkioWeight: {
    controller: 'blkio',
    v1: weight(['blkio.weight', 'blkio.bfq.weight']),
    v2: weight(['io.bfq.weight', 'io.weight']),
  } satisfies Limit<number>,
};
