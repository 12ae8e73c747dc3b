import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { parseNumberList, type HostFiles } from './host-files.ts';

const nodes = '/sys/devices/system/node';

/** The host's NUMA cells, ascending; cell 0 is the whole host where the kernel has none. */
export function cellIds(files: HostFiles): number[] {
  const ids = files.numbered(nodes, 'node');
  return ids.length === 0 ? [0] : ids;
}

/** "MemTotal" → KiB. */
export type MemoryCounters = ReadonlyMap<string, bigint>;

/** /proc/meminfo, or a cell's part of it, which has "Node 0 " before every name. */
const parseMemory = (text: string): MemoryCounters =>
  new Map(
    [...text.matchAll(/^(?:Node \d+ )?(\w+):\s+(\d+)(?: kB)?$/gm)].map(([, name = '', value = '0']) => [
      name,
      BigInt(value),
    ]),
  );

export const hostMemory = (files: HostFiles): MemoryCounters => parseMemory(files.text('/proc/meminfo') ?? '');

export function cellMemory(files: HostFiles, cell: number): MemoryCounters {
  const text = files.text(`${nodes}/node${cell}/meminfo`);
  return text === null ? hostMemory(files) : parseMemory(text);
}

/** A counter of all cells together, in KiB: what the host can give, not what it was built with. */
export const sumOfCells = (files: HostFiles, name: 'MemTotal' | 'MemFree'): bigint =>
  cellIds(files).reduce((sum, cell) => sum + (cellMemory(files, cell).get(name) ?? 0n), 0n);

/** The CPUs of a cell, ascending. */
export function cellCpus(files: HostFiles, cell: number): number[] {
  const list = files.text(`${nodes}/node${cell}/cpulist`) ?? files.text('/sys/devices/system/cpu/present');
  return parseNumberList(list ?? '0');
}

/** How far the other cells are; empty where the kernel does not tell. */
export function cellDistances(files: HostFiles, cell: number): { id: number; value: number }[] {
  const values = (files.text(`${nodes}/node${cell}/distance`) ?? '').split(' ').filter(value => value !== '');
  const ids = cellIds(files);
  return values.map((value, index) => ({ id: ids[index] ?? index, value: Number(value) }));
}

/**
 * The cells from `start` on, `count` at most; those that the host lacks in between are left out, and -1 (all cells
 * together) is one for the calls that know it. Throws internalError when there is none.
 */
export function cellRange(files: HostFiles, start: number, count: number): number[] {
  const ids = cellIds(files);
  const last = Math.max(...ids);
  const end = Math.min(start + count - 1, last);
  if (start > end) throw errors.internalError(`start cell ${start} out of range (0-${last})`, ErrorDomain.NONE);
  return [...(start < 0 ? [-1] : []), ...ids].filter(id => id >= start && id <= end);
}
