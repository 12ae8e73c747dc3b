import { availableParallelism, machine } from 'node:os';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NamedValue, NodeInfo, NodeOperations } from '../../contract/node.ts';
import { cellCpus, cellIds, sumOfCells } from './cells.ts';
import { parseNumberList, type HostFiles } from './host-files.ts';

const cpus = '/sys/devices/system/cpu';
const ALL_CPUS = -1;
const nanosecondsPerTick = 10_000_000n;

type Cpu = Pick<NodeOperations, 'nodeGetInfo' | 'nodeGetCpuStats' | 'nodeGetCpuMap'>;

export function cpu(files: HostFiles): Cpu {
  return {
    nodeGetInfo: () => nodeInfo(files),

    nodeGetCpuStats(number, flags) {
      checkFlags(flags, 0, 'virHostCPUGetStats', ErrorDomain.NONE);
      return cpuTimes(files, number);
    },

    nodeGetCpuMap(flags) {
      checkFlags(flags, 0, 'virHostCPUGetMap', ErrorDomain.NONE);
      const present = presentCpus(files);
      const online = onlineCpus(files);
      const count = Math.max(...present) + 1;
      const map = new Uint8Array(Math.ceil(count / 8));
      for (const number of online) map[number >> 3] = (map[number >> 3] ?? 0) | (1 << (number & 7));
      return { cpus: count, map, online: online.length };
    },
  };
}

const presentCpus = (files: HostFiles): number[] => {
  const present = parseNumberList(files.text(`${cpus}/present`) ?? '');
  return present.length === 0 ? Array.from({ length: availableParallelism() }, (_, index) => index) : present;
};

/** A kernel that cannot switch CPUs off does not say that they are on. */
export const onlineCpus = (files: HostFiles): number[] => {
  const online = parseNumberList(files.text(`${cpus}/online`) ?? '');
  return online.length === 0 ? presentCpus(files) : online;
};

/** Where a CPU sits; null for one that is off. */
export interface CpuPlace {
  readonly socket: number;
  readonly die: number;
  readonly core: number;
  /** The CPUs that share its core: a list as the kernel writes it. */
  readonly siblings: string;
}

export function cpuPlace(files: HostFiles, number: number): CpuPlace | null {
  const topology = `${cpus}/cpu${number}/topology`;
  const siblings = files.text(`${topology}/thread_siblings_list`) ?? files.text(`${topology}/core_cpus_list`);
  const core = files.number(`${topology}/core_id`);
  if (siblings === null || core === null) return null;
  const known = (name: string): number => Math.max(files.number(`${topology}/${name}`) ?? 0, 0);
  return { socket: known('physical_package_id'), die: known('die_id'), core, siblings };
}

/** Sockets of a cell, cores of a socket and threads of a core: of each the most that occur. */
function topology(files: HostFiles): { sockets: number; cores: number; threads: number } {
  const most = { sockets: 0, cores: 0, threads: 0 };
  for (const cell of cellIds(files)) {
    const sockets = new Map<number, Set<string>>();
    for (const number of cellCpus(files, cell)) {
      const place = cpuPlace(files, number);
      if (place === null) continue;
      const cores = sockets.get(place.socket) ?? new Set<string>();
      sockets.set(place.socket, cores.add(`${place.die}/${place.core}`));
      most.threads = Math.max(most.threads, parseNumberList(place.siblings).length);
    }
    most.sockets = Math.max(most.sockets, sockets.size);
    most.cores = Math.max(most.cores, ...[...sockets.values()].map(cores => cores.size));
  }
  return most;
}

/** A host that is not as regular as sockets * cores * threads says is shown as one socket of many cores, as libvirt does. */
function nodeInfo(files: HostFiles): NodeInfo {
  const nodes = cellIds(files).length;
  const present = presentCpus(files).length;
  const { sockets, cores, threads } = topology(files);
  const regular = nodes * sockets * cores * threads === present;
  return {
    model: machine(),
    memory: sumOfCells(files, 'MemTotal'),
    cpus: onlineCpus(files).length,
    mhz: frequency(files),
    ...(regular ? { nodes, sockets, cores, threads } : { nodes: 1, sockets: 1, cores: present, threads: 1 }),
  };
}

/** MHz of the first CPU, as the kernel shows it on x86, s390x and POWER; 0 where it does not. */
function frequency(files: HostFiles): number {
  const text = files.text('/proc/cpuinfo') ?? '';
  return Number(/^(?:cpu MHz(?: dynamic)?|clock)\s*:\s*(\d+)/m.exec(text)?.[1] ?? 0);
}

/** A line of /proc/stat: user, nice, system, idle, iowait, irq, softirq in ticks. */
function cpuTimes(files: HostFiles, number: number): NamedValue[] {
  const name = number === ALL_CPUS ? 'cpu' : `cpu${number}`;
  const line = (files.text('/proc/stat') ?? '').split('\n').find(line => line.startsWith(`${name} `));
  if (line === undefined) {
    const text = 'Invalid cpuNum in virHostCPUGetStatsLinux';
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, text, { str1: '%s', str2: text });
  }
  const [user = 0n, nice = 0n, system = 0n, idle = 0n, iowait = 0n, irq = 0n, softirq = 0n] = line
    .slice(name.length)
    .trim()
    .split(' ')
    .map(BigInt);
  const times = { kernel: system + irq + softirq, user: user + nice, idle, iowait };
  return Object.entries(times).map(([field, ticks]) => ({ field, value: ticks * nanosecondsPerTick }));
}
