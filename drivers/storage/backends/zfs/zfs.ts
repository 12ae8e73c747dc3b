import type { PoolDefinition } from '../../../xml/storage/pool-definition.ts';
import type { BuildWishes, PoolBackend } from '../../backend.ts';
import { failed, invalid } from '../../errors.ts';
import type { PoolContent, StoragePool } from '../../pool.ts';
import { missingPrograms } from '../../programs/missing-programs.ts';
import { count } from '../../programs/read-json.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { VolumeBackend } from '../../volume-backend.ts';
import { deviceContent, requireEmpty } from '../device-content.ts';
import { seenDevices } from '../seen-devices.ts';
import { sourceDevices } from '../source-devices.ts';
import { targetPath } from '../target-path.ts';
import { poolFields, tabbedRows, volumeFields, zfsVolumes } from './zfs-volumes.ts';
import { zpoolOf } from './zpool.ts';

/** Pools of ZFS, with its block volumes. They are there as long as the host has them imported: starting makes nothing. */
export const zfsBackend = (volumes: VolumeBackend): PoolBackend => ({
  type: 'zfs',
  callers: { build: 'virStorageBackendZFSBuildPool', delete: 'virStorageBackendZFSDeletePool' },
  volumes,
  unavailable: () => missingPrograms('zpool', 'zfs'),
  check: definition =>
    poolRow(zpoolOf(definition)).then(
      () => true,
      () => false,
    ),
  build,
  refresh,
  async delete(definition) {
    await runProgram('zpool', ['destroy', zpoolOf(definition)]);
  },
});

async function build(definition: PoolDefinition, { noOverwrite, overwrite }: BuildWishes): Promise<void> {
  const devices = sourceDevices(definition);
  if (devices.length === 0) throw invalid(`missing source devices of ZFS pool '${definition.name}'`);
  if (noOverwrite) for (const device of devices) requireEmpty(device, await deviceContent(device), 'zfs_member');
  await runProgram('zpool', ['create', ...(overwrite ? ['-f'] : []), zpoolOf(definition), ...devices]);
}

async function poolRow(pool: string): Promise<Readonly<Record<string, string>>> {
  const [top = ''] = pool.split('/');
  const { output } = await runProgram('zpool', ['get', '-Hp', '-o', 'value', poolFields.join(','), top]);
  const [row] = tabbedRows(output.trim().split('\n').join('\t'), poolFields);
  if (row === undefined || row['health'] === 'UNAVAIL') throw failed(`ZFS pool '${top}' is not available`);
  return row;
}

async function refresh({ definition }: StoragePool): Promise<PoolContent> {
  const pool = zpoolOf(definition);
  const row = await poolRow(pool);
  const args = ['list', '-Hp', '-t', 'volume', '-r', '-d', '1', '-o', volumeFields.join(','), pool];
  const { output } = await runProgram('zfs', args);
  return {
    volumes: await seenDevices(zfsVolumes(output, pool, targetPath(definition))),
    figures: { capacity: count(row, 'size'), available: count(row, 'free'), allocation: count(row, 'allocated') },
  };
}
