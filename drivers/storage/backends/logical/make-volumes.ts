import { basename, dirname } from 'node:path';
import type { VolumeDefinition } from '../../../xml/storage/volume-definition.ts';
import { blockFormats } from '../../../xml/storage/volume-formats.ts';
import { failed, invalid } from '../../errors.ts';
import type { StoragePool } from '../../pool.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { VolumeBackend } from '../../volume-backend.ts';
import type { StorageVolume } from '../../volume.ts';
import { seenDevices } from '../seen-devices.ts';
import { targetPath } from '../target-path.ts';
import { logicalVolumes, volumeFields } from './logical-volumes.ts';
import { lvmReport } from './lvm-report.ts';
import { groupOf, isLvmName } from './volume-group.ts';

/** Volumes of a volume group. Making one is a matter of metadata, done at once: its UUID is its key. */
export const logicalVolumeMaker: VolumeBackend = {
  formats: blockFormats,
  async place(pool, wanted) {
    if (!isLvmName(wanted.name)) throw invalid(`'${wanted.name}' is no name of a logical volume`);
    await runProgram('lvcreate', ['--yes', ...sizes(wanted), '--name', wanted.name, ...origin(pool, wanted)]);
    const made = await find(pool, wanted.name);
    if (made === null) throw failed(`the logical volume '${wanted.name}' is not there once it has been made`);
    return made;
  },
  async build() {},
  async remove(pool, { name }) {
    await runProgram('lvremove', ['--force', '--', `${groupOf(pool.definition)}/${name}`]);
  },
  describe: async (pool, { name }) => (await find(pool, name))?.definition ?? null,
  async resize(pool, { name }, capacity) {
    const volume = `${groupOf(pool.definition)}/${name}`;
    await runProgram('lvresize', ['--force', '--size', `${capacity}b`, '--', volume]);
  },
};

/** One that is allocated in part is a snapshot of nothing, which grows up to the room it has. */
function sizes({ capacity, allocation, backingStore }: VolumeDefinition): string[] {
  const whole = capacity ?? 0n;
  const held = allocation ?? whole;
  const isSparse = backingStore === null && held < whole;
  if (!isSparse) return ['--size', `${whole}b`];
  return ['--type', 'snapshot', '--size', `${held}b`, '--virtualsize', `${whole}b`];
}

/** The group, or the volume of the group that it is to be a snapshot of. */
function origin({ definition }: StoragePool, { backingStore }: VolumeDefinition): string[] {
  const group = groupOf(definition);
  if (backingStore === null) return ['--', group];
  const name = basename(backingStore.path);
  if (dirname(backingStore.path) !== targetPath(definition) || !isLvmName(name))
    throw invalid(`the backing store '${backingStore.path}' is no volume of pool '${definition.name}'`);
  return ['--snapshot', '--', `${group}/${name}`];
}

async function find({ definition }: StoragePool, name: string): Promise<StorageVolume | null> {
  const rows = await lvmReport('lvs', volumeFields, `${groupOf(definition)}/${name}`);
  const [volume] = await seenDevices(logicalVolumes(rows, targetPath(definition)));
  return volume ?? null;
}
