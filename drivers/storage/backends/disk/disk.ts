import { stat } from 'node:fs/promises';
import { unsupported } from '../../../xml/storage/errors.ts';
import type { FreeExtent, PoolDefinition } from '../../../xml/storage/pool-definition.ts';
import type { BuildWishes, PoolBackend } from '../../backend.ts';
import { invalid, probeFailed } from '../../errors.ts';
import type { PoolContent, StoragePool } from '../../pool.ts';
import { missingPrograms } from '../../programs/missing-programs.ts';
import { runProgram } from '../../programs/run-program.ts';
import { step } from '../../system-failure.ts';
import type { VolumeBackend } from '../../volume-backend.ts';
import { deviceContent, requireEmpty } from '../device-content.ts';
import { seenDevices } from '../seen-devices.ts';
import { sourceDevice } from '../source-devices.ts';
import { targetPath } from '../target-path.ts';
import { readPartitionTable, type PartitionTable } from './partition-table.ts';
import { partitionVolumes } from './partition-volumes.ts';

/** Kinds of partition tables by libvirt's names, and what sfdisk(8) and blkid(8) call them. */
const labels: Readonly<Record<string, string>> = { dos: 'dos', gpt: 'gpt', sun: 'sun' };

/** Pools that are a disk, with partitions as volumes. */
export const diskBackend = (volumes: VolumeBackend): PoolBackend => ({
  type: 'disk',
  callers: { build: 'virStorageBackendDiskBuildPool', delete: 'virStorageBackendDiskDeletePool' },
  volumes,
  unavailable: () => missingPrograms('sfdisk', 'partx'),
  check: definition => isBlockDevice(sourceDevice(definition)),
  build,
  async start(definition) {
    const device = sourceDevice(definition);
    if (!(await isBlockDevice(device))) throw invalid(`the source device '${device}' is no block device`);
    await requireLabel(device, definition.source.format ?? 'unknown');
  },
  refresh,
  async delete(definition) {
    await runProgram('wipefs', ['--all', '--', sourceDevice(definition)]);
  },
});

const isBlockDevice = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isBlockDevice(),
    () => false,
  );

async function build(definition: PoolDefinition, { overwrite }: BuildWishes): Promise<void> {
  const device = sourceDevice(definition);
  const format = definition.source.format ?? 'unknown';
  const label = labels[format === 'unknown' ? 'dos' : format];
  if (label === undefined) throw unsupported(`partition tables of format '${format}' cannot be made`);
  await step(`cannot open '${device}'`, () => stat(device));
  if (!overwrite) requireEmpty(device, await deviceContent(device), label);
  await runProgram('sfdisk', ['--quiet', '--wipe', 'always', '--label', label, '--', device], {
    input: `label: ${label}\n`,
    timeLimit: 60_000,
  });
}

/** Throws storageProbeFailed for a disk without the partition table that the definition says. */
async function requireLabel(device: string, format: string): Promise<void> {
  const { partitionTable } = await deviceContent(device);
  if (partitionTable === null) throw probeFailed(`Device '${device}' is unrecognized, requires build`);
  const expected = labels[format];
  if (expected !== undefined && expected !== partitionTable)
    throw probeFailed(`Format of device '${device}' does not match the expected format '${format}'`);
}

async function refresh({ definition }: StoragePool): Promise<PoolContent> {
  const device = sourceDevice(definition);
  const table = await readPartitionTable(device);
  return {
    volumes: await seenDevices(partitionVolumes(table.partitions, device, targetPath(definition))),
    figures: await figuresOf(device, table),
    found: withTable(definition, table),
  };
}

async function figuresOf(device: string, { free, partitions }: PartitionTable): Promise<PoolContent['figures']> {
  const { output } = await runProgram('blockdev', ['--getsize64', device], { timeLimit: 10_000 });
  const capacity = BigInt(/^\d{1,19}/.exec(output)?.[0] ?? 0);
  return { capacity, available: total(free), allocation: total(partitions) };
}

const total = (parts: readonly FreeExtent[]): bigint => parts.reduce((sum, { start, end }) => sum + (end - start), 0n);

/** The definition with what clients look for to place new partitions. */
const withTable = (definition: PoolDefinition, { free }: PartitionTable): PoolDefinition => ({
  ...definition,
  source: {
    ...definition.source,
    devices: definition.source.devices.map(device => ({ ...device, freeExtents: free })),
  },
});
