import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ErrorDomain, NodeAllocPagesFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NodeOperations } from '../../contract/node.ts';
import { cellMemory, cellRange, sumOfCells } from './cells.ts';
import type { HostFiles } from './host-files.ts';

/** All cells together. */
const ALL_CELLS = -1;

/** AT_PAGESZ of the auxiliary vector, which the kernel hands every process. */
const pageSizeEntry = 6n;

/** KiB. */
function readPageSize(): number {
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= vector.length; at += 16)
    if (vector.readBigUInt64LE(at) === pageSizeEntry) return Number(vector.readBigUInt64LE(at + 8)) / 1024;
  return 4;
}

/** The size of a page that is not huge, in KiB. */
export const systemPageSize = readPageSize();

/** Sizes of huge pages in KiB, ascending. */
export const hugePageSizes = (files: HostFiles): number[] =>
  files
    .names('/sys/kernel/mm/hugepages')
    .flatMap(name => /^hugepages-(\d+)kB$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other);

const pool = (cell: number, size: number): string =>
  `${cell === ALL_CELLS ? '/sys/kernel/mm' : `/sys/devices/system/node/node${cell}`}/hugepages/hugepages-${size}kB`;

const counter = (files: HostFiles, cell: number, size: number, name: 'nr_hugepages' | 'free_hugepages'): bigint => {
  const count = files.text(`${pool(cell, size)}/${name}`);
  if (count !== null) return BigInt(count);
  const where = cell === ALL_CELLS ? '' : ` on node ${cell}`;
  throw errors.operationFailed(`page size ${size} is not available${where}`, ErrorDomain.NONE);
};

/** How many pages of a size a cell has. */
export function pageCount(files: HostFiles, cell: number, size: number): bigint {
  if (size !== systemPageSize) return counter(files, cell, size, 'nr_hugepages');
  const huge = hugePageSizes(files).reduce(
    (sum, size) => sum + BigInt(size) * counter(files, cell, size, 'nr_hugepages'),
    0n,
  );
  return ((cellMemory(files, cell).get('MemTotal') ?? 0n) - huge) / BigInt(size);
}

type Pages = Pick<NodeOperations, 'nodeGetFreePages' | 'nodeAllocPages'>;

export function pages(files: HostFiles): Pages {
  return {
    nodeGetFreePages(sizes, start, count, flags) {
      checkFlags(flags, 0, 'lxcNodeGetFreePages');
      return cellRange(files, start, count).flatMap(cell => sizes.map(size => freePages(files, cell, size)));
    },

    async nodeAllocPages(pages, start, count, flags) {
      checkFlags(flags, NodeAllocPagesFlags.SET, 'lxcNodeAllocPages');
      const add = (flags & NodeAllocPagesFlags.SET) === 0;
      let changed = 0;
      for (const cell of cellRange(files, start, count))
        for (const { size, count } of pages) {
          await resizePool(files, cell, size, count, add);
          changed++;
        }
      return changed;
    },
  };
}

function freePages(files: HostFiles, cell: number, size: number): bigint {
  if (size !== systemPageSize) return counter(files, cell, size, 'free_hugepages');
  const free = cell === ALL_CELLS ? sumOfCells(files, 'MemFree') : (cellMemory(files, cell).get('MemFree') ?? 0n);
  return free / BigInt(size);
}

/** Off the event loop: the kernel may have to move memory to make room. */
async function resizePool(files: HostFiles, cell: number, size: number, count: bigint, add: boolean): Promise<void> {
  if (size === systemPageSize)
    throw errors.operationUnsupported("system pages pool can't be modified", ErrorDomain.NONE);
  const present = counter(files, cell, size, 'nr_hugepages');
  const wanted = add ? present + count : count;
  const file = files.path(`${pool(cell, size)}/nr_hugepages`);
  try {
    await writeFile(file, wanted.toString(), { flag: 'r+' });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw errors.systemError(`Unable to write to: ${file}: ${reason}`, ErrorDomain.NONE, { cause });
  }
  // the kernel gives what it can find, without a word
  const got = counter(files, cell, size, 'nr_hugepages');
  if (got === wanted) return;
  throw errors.operationFailed(`Unable to allocate ${wanted} pages. Allocated only ${got}`, ErrorDomain.NONE);
}
