import type { BlockFigures, Controller, CpuFigures, MemoryFigures, MemoryUse } from './cgroup.ts';
import { keyedValue, keyedValues, parseBytes } from './conversions.ts';

/** The text of a control file of this cgroup, null where there is none. */
export type Read = (file: string) => string | null;

/** One figure that the kernel keeps: how to read it from either interface. */
export interface Figure<T> {
  readonly controller: Controller;
  readonly v1: (read: Read) => T | null;
  readonly v2: (read: Read) => T | null;
}

/** The kernel's USER_HZ, fixed for user space on every architecture that Node runs on. */
const nanosecondsPerTick = 10_000_000n;

/** v1 has the times of all CPUs in one file, and what of them was the kernel's in another. */
function legacyCpu(read: Read): CpuFigures | null {
  const each = cpuTimes(read);
  if (each === null) return null;
  const split = read('cpuacct.stat') ?? '';
  return {
    total: each.reduce((sum, time) => sum + time, 0n),
    user: keyedValue(split, 'user') * nanosecondsPerTick,
    system: keyedValue(split, 'system') * nanosecondsPerTick,
    each,
  };
}

const cpuTimes = (read: Read): bigint[] | null => read('cpuacct.usage_percpu')?.trim().split(' ').map(BigInt) ?? null;

function unifiedCpu(read: Read): CpuFigures | null {
  const text = read('cpu.stat');
  if (text === null) return null;
  return {
    total: keyedValue(text, 'usage_usec') * 1000n,
    user: keyedValue(text, 'user_usec') * 1000n,
    system: keyedValue(text, 'system_usec') * 1000n,
    each: null,
  };
}

/** Absent or without a limit: null. */
const bytesOf = (read: Read, file: string): bigint | null => {
  const text = read(file);
  return text === null ? null : parseBytes(text);
};

function legacyMemory(read: Read): MemoryFigures | null {
  const usage = bytesOf(read, 'memory.usage_in_bytes');
  if (usage === null) return null;
  return {
    usage,
    limit: bytesOf(read, 'memory.limit_in_bytes'),
    softLimit: bytesOf(read, 'memory.soft_limit_in_bytes'),
    swapLimit: bytesOf(read, 'memory.memsw.limit_in_bytes'),
    swapUsage: bytesOf(read, 'memory.memsw.usage_in_bytes'),
  };
}

function unifiedMemory(read: Read): MemoryFigures | null {
  const usage = bytesOf(read, 'memory.current');
  if (usage === null) return null;
  const limit = bytesOf(read, 'memory.max');
  const swapLimit = bytesOf(read, 'memory.swap.max');
  return {
    usage,
    limit,
    softLimit: bytesOf(read, 'memory.high'),
    swapLimit: limit === null || swapLimit === null ? null : limit + swapLimit,
    swapUsage: bytesOf(read, 'memory.swap.current'),
  };
}

/** Of the cgroup with all those below it, which v1 counts apart. */
function legacyMemoryUse(read: Read): MemoryUse | null {
  const usage = bytesOf(read, 'memory.usage_in_bytes');
  const text = read('memory.stat');
  if (usage === null || text === null) return null;
  return {
    usage,
    limit: parseBytes(keyedValue(text, 'hierarchical_memory_limit').toString()),
    caches: keyedValue(text, 'total_cache') - keyedValue(text, 'total_shmem'),
    majorFaults: keyedValue(text, 'total_pgmajfault'),
    minorFaults: keyedValue(text, 'total_pgfault') - keyedValue(text, 'total_pgmajfault'),
  };
}

function unifiedMemoryUse(read: Read): MemoryUse | null {
  const usage = bytesOf(read, 'memory.current');
  const text = read('memory.stat');
  if (usage === null || text === null) return null;
  return {
    usage,
    limit: bytesOf(read, 'memory.max'),
    caches: keyedValue(text, 'file') - keyedValue(text, 'shmem'),
    majorFaults: keyedValue(text, 'pgmajfault'),
    minorFaults: keyedValue(text, 'pgfault') - keyedValue(text, 'pgmajfault'),
  };
}

type Counters = Map<string, BlockFigures>;

export const noBlocks: BlockFigures = { readRequests: 0n, readBytes: 0n, writeRequests: 0n, writeBytes: 0n };

/** Two files of lines "8:0 Read 4096": one in bytes, one in requests. */
function legacyBlocks(read: Read): Counters | null {
  const counters: Counters = new Map();
  const names = { Read: ['readBytes', 'readRequests'], Write: ['writeBytes', 'writeRequests'] } as const;
  for (const [index, name] of ['io_service_bytes', 'io_serviced'].entries()) {
    const text = read(`blkio.throttle.${name}_recursive`) ?? read(`blkio.throttle.${name}`);
    if (text === null) return null;
    for (const line of text.split('\n')) {
      const [device = '', operation, value] = line.split(' ');
      if ((operation !== 'Read' && operation !== 'Write') || value === undefined) continue;
      counters.set(device, {
        ...(counters.get(device) ?? noBlocks),
        [names[operation][index === 0 ? 0 : 1]]: BigInt(value),
      });
    }
    // no bytes, no requests
    if (counters.size === 0) return counters;
  }
  return counters;
}

/** Lines "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0". */
function unifiedBlocks(read: Read): Counters | null {
  const text = read('io.stat');
  if (text === null) return null;
  const counters: Counters = new Map();
  for (const line of text.split('\n').filter(line => line !== '')) {
    const [device = '', ...pairs] = line.split(' ');
    const values = keyedValues(pairs.map(pair => pair.replace('=', ' ')).join('\n'));
    counters.set(device, {
      readRequests: values.get('rios') ?? 0n,
      readBytes: values.get('rbytes') ?? 0n,
      writeRequests: values.get('wios') ?? 0n,
      writeBytes: values.get('wbytes') ?? 0n,
    });
  }
  return counters;
}

/** One row for each figure. */
export const figures = {
  /** Cheaper than all of `cpu`. */
  cpuTime: {
    controller: 'cpuacct',
    v1: read => bigintOf(read('cpuacct.usage')),
    v2: read => unifiedCpu(read)?.total ?? null,
  } satisfies Figure<bigint>,
  cpu: { controller: 'cpuacct', v1: legacyCpu, v2: unifiedCpu } satisfies Figure<CpuFigures>,
  memory: { controller: 'memory', v1: legacyMemory, v2: unifiedMemory } satisfies Figure<MemoryFigures>,
  memoryUsage: {
    controller: 'memory',
    v1: read => bytesOf(read, 'memory.usage_in_bytes'),
    v2: read => bytesOf(read, 'memory.current'),
  } satisfies Figure<bigint>,
  memoryUse: { controller: 'memory', v1: legacyMemoryUse, v2: unifiedMemoryUse } satisfies Figure<MemoryUse>,
  /** By "major:minor". */
  blocks: { controller: 'blkio', v1: legacyBlocks, v2: unifiedBlocks } satisfies Figure<
    ReadonlyMap<string, BlockFigures>
  >,
  pids: {
    controller: 'pids',
    v1: read => numberOf(read('pids.current')),
    v2: read => numberOf(read('pids.current')),
  } satisfies Figure<number>,
};

const bigintOf = (text: string | null): bigint | null => (text === null ? null : BigInt(text.trim()));

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** All devices together. */
export const sumBlocks = (blocks: ReadonlyMap<string, BlockFigures>): BlockFigures =>
  [...blocks.values()].reduce(
    (sum, one) => ({
      readRequests: sum.readRequests + one.readRequests,
      readBytes: sum.readBytes + one.readBytes,
      writeRequests: sum.writeRequests + one.writeRequests,
      writeBytes: sum.writeBytes + one.writeBytes,
    }),
    noBlocks,
  );
