import type { PoolDefinition, PoolFigures, PoolSource } from '../../../xml/storage/pool-definition.ts';
import type { BuildWishes, PoolBackend } from '../../backend.ts';
import { failed } from '../../errors.ts';
import type { PoolContent, StoragePool } from '../../pool.ts';
import { missingPrograms } from '../../programs/missing-programs.ts';
import { count } from '../../programs/read-json.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { VolumeBackend } from '../../volume-backend.ts';
import { deviceContent, requireEmpty } from '../device-content.ts';
import { seenDevices } from '../seen-devices.ts';
import { sourceDevices } from '../source-devices.ts';
import { targetPath } from '../target-path.ts';
import { logicalVolumes, volumeFields } from './logical-volumes.ts';
import { lvmReport } from './lvm-report.ts';
import { groupOf } from './volume-group.ts';

/** Pools that are a volume group of LVM. */
export const logicalBackend = (volumes: VolumeBackend): PoolBackend => ({
  type: 'logical',
  callers: {
    build: 'virStorageBackendLogicalBuildPool',
    delete: 'virStorageBackendLogicalDeletePool',
    findSources: 'virStorageBackendLogicalFindPoolSources',
  },
  volumes,
  unavailable: () => missingPrograms('vgs', 'vgchange'),
  // A group without volumes has no directory below /dev.
  check: definition =>
    lvmReport('vgs', ['vg_name'], groupOf(definition)).then(
      () => true,
      () => false,
    ),
  build,
  async start(definition) {
    await requireGroup(definition);
    await runProgram('vgchange', ['-aly', '--', groupOf(definition)]);
  },
  refresh,
  async stop(definition) {
    await runProgram('vgchange', ['-aln', '--', groupOf(definition)]);
  },
  async delete(definition) {
    await runProgram('vgremove', ['-f', '--', groupOf(definition)]);
    for (const device of sourceDevices(definition)) await runProgram('pvremove', ['--', device]);
  },
  findSources,
});

async function build(definition: PoolDefinition, { noOverwrite, overwrite }: BuildWishes): Promise<void> {
  const group = groupOf(definition);
  const devices = sourceDevices(definition);
  if (noOverwrite) for (const device of devices) requireEmpty(device, await deviceContent(device), 'LVM2_member');
  const made: string[] = [];
  try {
    for (const device of devices) {
      if (overwrite) await runProgram('wipefs', ['--all', '--', device]);
      await runProgram('pvcreate', ['--', device]);
      made.push(device);
    }
    await runProgram('vgcreate', ['--', group, ...devices]);
  } catch (error) {
    for (const device of made) await runProgram('pvremove', ['--', device]).catch(() => undefined);
    throw error;
  }
}

/** Throws when there is no such group, or not on all of the devices that the definition names. */
async function requireGroup(definition: PoolDefinition): Promise<void> {
  const group = groupOf(definition);
  const rows = await lvmReport('pvs', ['pv_name', 'vg_name']);
  const held = new Set(rows.filter(row => row['vg_name'] === group).map(row => row['pv_name']));
  if (held.size === 0) throw failed(`cannot find logical volume group name '${group}'`);
  const missing = definition.source.devices.find(({ path }) => !held.has(path));
  if (missing === undefined) return;
  throw failed(`cannot find any matching source devices for logical volume group '${group}': '${missing.path}'`);
}

async function refresh({ definition }: StoragePool): Promise<PoolContent> {
  const group = groupOf(definition);
  const [sizes] = await lvmReport('vgs', ['vg_size', 'vg_free'], group);
  const rows = await lvmReport('lvs', volumeFields, group);
  return {
    volumes: await seenDevices(logicalVolumes(rows, targetPath(definition))),
    figures: figuresOf(sizes ?? {}),
  };
}

function figuresOf(row: Readonly<Record<string, string>>): PoolFigures {
  const capacity = count(row, 'vg_size');
  const available = count(row, 'vg_free');
  return { capacity, available, allocation: capacity - available };
}

async function findSources(): Promise<readonly Partial<PoolSource>[]> {
  const rows = await lvmReport('pvs', ['pv_name', 'vg_name']);
  const groups = Map.groupBy(
    rows.filter(row => (row['vg_name'] ?? '') !== ''),
    row => row['vg_name'] ?? '',
  );
  return [...groups].map(([name, members]) => ({
    name,
    devices: members.map(row => ({ path: row['pv_name'] ?? '', partSeparator: null, freeExtents: [] })),
    format: 'lvm2',
  }));
}
