import { close, constants, open } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ErrorDomain } from '../../../contract/constants.ts';
import { errors } from '../../../contract/error.ts';
import type { FreeExtent } from '../../../xml/storage/pool-definition.ts';
import type { VolumeDefinition } from '../../../xml/storage/volume-definition.ts';
import { partitionFormats } from '../../../xml/storage/volume-formats.ts';
import { failed, internal, invalid } from '../../errors.ts';
import type { StoragePool } from '../../pool.ts';
import { runProgram } from '../../programs/run-program.ts';
import { errorCode } from '../../system-failure.ts';
import type { VolumeBackend } from '../../volume-backend.ts';
import type { StorageVolume } from '../../volume.ts';
import { seenDevices } from '../seen-devices.ts';
import { sourceDevice } from '../source-devices.ts';
import { targetPath } from '../target-path.ts';
import { partitionType, partitionVolumes } from './partition-volumes.ts';
import { readPartitionTable, type Partition, type PartitionTable } from './partition-table.ts';

const openFile = promisify(open);
const closeFile = promisify(close);

/** Where partitions begin and end: what disks and their controllers like. */
const ALIGNMENT = 1n << 20n;
/** Numbers in a table of DOS. */
const LOGICAL_FIRST = 5;
const DOS_PRIMARIES = 4;

/** Partitions of a disk. Making one is a matter of its table, done at once. */
export const partitionMaker: VolumeBackend = {
  formats: partitionFormats,
  async place(pool, wanted) {
    if (wanted.target.encryption !== null)
      throw errors.configUnsupported('storage pool only supports LUKS encrypted volumes', ErrorDomain.STORAGE);
    const device = sourceDevice(pool.definition);
    const table = await readPartitionTable(device);
    const place = placeFor(table, wanted);
    const node = nodeOf(device, freeNumber(table, place));
    // The kernel gives the name, so it can only be checked.
    if (wanted.name !== basename(node))
      throw errors.invalidArg(
        `invalid partition name '${wanted.name}', expected '${basename(node)}'`,
        ErrorDomain.STORAGE,
      );
    const { start, end } = place;
    const line = `start=${start / table.sectorSize},size=${(end - start) / table.sectorSize},type=${place.type}\n`;
    await sfdisk(['--append', '--', device], line);
    try {
      await partx('--add', device, node);
    } catch (error) {
      await removePartition(device, node).catch(() => undefined);
      throw error;
    }
    return await find(pool, device, node);
  },
  async build() {},
  async remove({ definition }, { name }) {
    const device = sourceDevice(definition);
    const { partitions } = await readPartitionTable(device);
    const found = partitions.find(({ node }) => basename(node) === name);
    if (found === undefined) throw failed(`disk '${device}' has no partition '${name}'`);
    // The kernel refuses it, too, when somebody begins to use it now.
    if (await requireUnused(found.node)) await partx('--delete', device, found.node);
    await removePartition(device, found.node);
  },
};

const sfdisk = (args: readonly string[], input = ''): Promise<unknown> =>
  runProgram('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', ...args], { input });

/** Tells the kernel of one partition: others, which may be in use, stay as they are. */
const partx = (what: '--add' | '--delete', device: string, node: string): Promise<unknown> =>
  runProgram('partx', [what, '--nr', String(numberOf(node)), '--', device]);

async function removePartition(device: string, node: string): Promise<void> {
  await sfdisk(['--delete', '--', device, String(numberOf(node))]);
}

interface Place {
  readonly start: bigint;
  readonly end: bigint;
  readonly type: string;
  /** Inside of an extended partition. */
  readonly isLogical: boolean;
}

/** The first gap with the room, as libvirt's message has it. */
function placeFor(table: PartitionTable, { capacity, target }: VolumeDefinition): Place {
  const format = target.format ?? partitionFormats.fallback;
  const type = partitionType(table.label, format);
  if (type === null)
    throw errors.configUnsupported(
      `partitions of format '${format}' cannot be made in a table of format '${table.label}'`,
      ErrorDomain.STORAGE,
    );
  const size = roundUp(capacity ?? 0n, table.sectorSize);
  if (size === 0n) throw errors.invalidArg('a partition cannot be empty', ErrorDomain.STORAGE);
  const primaries = table.partitions.filter(({ node }) => numberOf(node) < LOGICAL_FIRST).length;
  for (const gap of table.free) {
    const isLogical = isInside(table, gap);
    if (isLogical ? format === 'extended' : table.label === 'dos' && primaries >= DOS_PRIMARIES) continue;
    // Before a logical partition is the sector that describes it.
    const start = roundUp(gap.start + (isLogical ? 1n : 0n), ALIGNMENT);
    if (start + size <= gap.end) return { start, end: start + size, type, isLogical };
  }
  throw internal('no large enough free extent');
}

const isInside = ({ label, partitions }: PartitionTable, gap: FreeExtent): boolean =>
  label === 'dos' &&
  partitions.some(({ start, end, type }) => isExtended(type) && gap.start >= start && gap.end <= end);

const isExtended = (type: string): boolean => ['5', 'f', '85'].includes(type);

const roundUp = (value: bigint, unit: bigint): bigint => ((value + unit - 1n) / unit) * unit;

/** As sfdisk(8) gives them: the first that is free. */
function freeNumber({ partitions }: PartitionTable, { isLogical }: Place): number {
  const taken = new Set(partitions.map(({ node }) => numberOf(node)));
  let number = isLogical ? LOGICAL_FIRST : 1;
  while (taken.has(number)) number++;
  return number;
}

const numberOf = (node: Partition['node']): number => Number(/\d+$/.exec(node)?.[0] ?? 0);

/** As the kernel names them, or udev. */
function nodeOf(device: string, number: number): string {
  if (device.startsWith('/dev/disk/')) return `${device}-part${number}`;
  return `${device}${/\d$/.test(device) ? 'p' : ''}${number}`;
}

/** False for one that the kernel does not know. Throws operationInvalid for one that is mounted, swapped to, or part of another device. */
async function requireUnused(node: string): Promise<boolean> {
  try {
    await closeFile(await openFile(node, constants.O_RDONLY | constants.O_EXCL));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EBUSY') throw invalid(`partition '${node}' is in use`);
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENXIO') return false;
    throw error;
  }
}

async function find({ definition }: StoragePool, device: string, node: string): Promise<StorageVolume> {
  const { partitions } = await readPartitionTable(device);
  const found = partitions.filter(partition => partition.node === node);
  const [volume] = await seenDevices(partitionVolumes(found, device, targetPath(definition)));
  if (volume === undefined) throw failed(`the partition '${node}' is not there once it has been made`);
  return volume;
}
