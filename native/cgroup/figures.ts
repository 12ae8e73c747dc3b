import type { BlockFigures, Controller, MemoryFigures } from './cgroup.ts';
import { keyedValues, parseBytes } from './conversions.ts';

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

const keyed = (read: Read, file: string): ReadonlyMap<string, bigint> | null => {
  const text = read(file);
  return text === null ? null : keyedValues(text);
};

const scaled = (value: bigint | undefined, factor: bigint): bigint | null =>
  value === undefined ? null : value * factor;

/** A time that v1 counts in ticks and v2 in microseconds, as nanoseconds. */
const cpuTimeOf = (legacyKey: string, unifiedKey: string): Figure<bigint> => ({
  controller: 'cpuacct',
  v1: read => scaled(keyed(read, 'cpuacct.stat')?.get(legacyKey), nanosecondsPerTick),
  v2: read => scaled(keyed(read, 'cpu.stat')?.get(unifiedKey), 1000n),
});

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

type Counters = Map<string, BlockFigures>;

const noBlocks: BlockFigures = { readRequests: 0n, readBytes: 0n, writeRequests: 0n, writeBytes: 0n };

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
  cpuTime: {
    controller: 'cpuacct',
    v1: read => bigintOf(read('cpuacct.usage')),
    v2: read => scaled(keyed(read, 'cpu.stat')?.get('usage_usec'), 1000n),
  } satisfies Figure<bigint>,
  cpuUserTime: cpuTimeOf('user', 'user_usec'),
  cpuSystemTime: cpuTimeOf('system', 'system_usec'),
  cpuTimes: {
    controller: 'cpuacct',
    v1: read => read('cpuacct.usage_percpu')?.trim().split(' ').map(BigInt) ?? null,
    v2: () => null,
  } satisfies Figure<bigint[]>,
  memory: { controller: 'memory', v1: legacyMemory, v2: unifiedMemory } satisfies Figure<MemoryFigures>,
  memoryUsage: {
    controller: 'memory',
    v1: read => bytesOf(read, 'memory.usage_in_bytes'),
    v2: read => bytesOf(read, 'memory.current'),
  } satisfies Figure<bigint>,
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
