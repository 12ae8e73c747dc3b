import type { FreeExtent } from '../../../xml/storage/pool-definition.ts';
import { count, isObject, parseOutput, rowsOf } from '../../programs/read-json.ts';
import { runProgram } from '../../programs/run-program.ts';

/** A disk as sfdisk(8) sees it. Places and sizes are bytes; `end` is the first byte behind. */
export interface PartitionTable {
  /** "gpt", "dos". */
  readonly label: string;
  readonly sectorSize: bigint;
  readonly partitions: readonly Partition[];
  readonly free: readonly FreeExtent[];
}

export interface Partition {
  readonly node: string;
  readonly start: bigint;
  readonly end: bigint;
  /** A GUID, or a number in hexadecimal, by the kind of table. */
  readonly type: string;
}

/** Throws internalError with what sfdisk(8) said, also when there is no partition table. */
export async function readPartitionTable(device: string): Promise<PartitionTable> {
  const { output } = await runProgram('sfdisk', ['--json', '--', device], { timeLimit: 30_000 });
  const free = await runProgram('sfdisk', ['--list-free', '--bytes', '--', device], {
    timeLimit: 30_000,
  });
  const table = parseTable(output);
  return { ...table, free: parseFree(free.output, table.sectorSize) };
}

/** The output of `sfdisk --json`, without the room that is left. */
export function parseTable(text: string): Omit<PartitionTable, 'free'> {
  const parsed = parseOutput('sfdisk', text);
  const table = isObject(parsed) && isObject(parsed['partitiontable']) ? parsed['partitiontable'] : {};
  const sector = sectorSize(text);
  const partitions = rowsOf(table['partitions']).map(row => {
    const start = count(row, 'start') * sector;
    return { node: row['node'] ?? '', start, end: start + count(row, 'size') * sector, type: row['type'] ?? '' };
  });
  return { label: typeof table['label'] === 'string' ? table['label'] : '', sectorSize: sector, partitions };
}

function sectorSize(text: string): bigint {
  const parsed = parseOutput('sfdisk', text);
  const table = isObject(parsed) ? parsed['partitiontable'] : null;
  const size = isObject(table) ? table['sectorsize'] : null;
  return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? BigInt(size) : 512n;
}

/** The output of `sfdisk --list-free`: below a heading, the first and the last sector of each gap, and how many there are. */
export const parseFree = (text: string, sector: bigint): FreeExtent[] =>
  text.split('\n').flatMap(line => {
    const [, first, last] = /^\s*(\d+)\s+(\d+)\s+\d+\s+\d+\s*$/.exec(line) ?? [];
    if (first === undefined || last === undefined) return [];
    return [{ start: BigInt(first) * sector, end: (BigInt(last) + 1n) * sector }];
  });
