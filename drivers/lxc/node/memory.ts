import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NamedValue, NodeOperations } from '../../contract/node.ts';
import { cellIds, cellMemory, cellRange, hostMemory, sumOfCells, type MemoryCounters } from './cells.ts';
import type { HostFiles } from './host-files.ts';

const ALL_CELLS = -1;

/** libvirt's names by the kernel's. A cell has the first two only. */
const hostCounters = { total: 'MemTotal', free: 'MemFree', buffers: 'Buffers', cached: 'Cached' } as const;
const cellCounters = { total: 'MemTotal', free: 'MemFree' } as const;

type Memory = Pick<NodeOperations, 'nodeGetMemoryStats' | 'nodeGetCellsFreeMemory' | 'nodeGetFreeMemory'>;

export function memory(files: HostFiles): Memory {
  return {
    nodeGetMemoryStats(cell, flags) {
      checkFlags(flags, 0, 'virHostMemGetStats', ErrorDomain.NONE);
      if (cell === ALL_CELLS) return counters(hostMemory(files), hostCounters);
      const last = Math.max(...cellIds(files));
      if (cell < 0 || cell > last) {
        const text = `cellNum in virHostMemGetStats must be less than or equal to ${last}`;
        throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, text, { str1: '%s', str2: text });
      }
      return counters(cellMemory(files, cell), cellCounters);
    },

    nodeGetCellsFreeMemory: (start, max) =>
      cellRange(files, start, max).map(cell => (cellMemory(files, cell).get('MemFree') ?? 0n) * 1024n),

    nodeGetFreeMemory: () => sumOfCells(files, 'MemFree') * 1024n,
  };
}

const counters = (memory: MemoryCounters, names: Readonly<Record<string, string>>): NamedValue[] =>
  Object.entries(names).map(([field, name]) => ({ field, value: memory.get(name) ?? 0n }));
