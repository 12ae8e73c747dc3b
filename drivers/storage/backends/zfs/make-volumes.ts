import type { VolumeDefinition } from '../../../xml/storage/volume-definition.ts';
import { blockFormats } from '../../../xml/storage/volume-formats.ts';
import { failed, invalid } from '../../errors.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { VolumeBackend } from '../../volume-backend.ts';
import { seenDevices } from '../seen-devices.ts';
import { targetPath } from '../target-path.ts';
import { volumeFields, zfsVolumes } from './zfs-volumes.ts';
import { zpoolOf } from './zpool.ts';

/** What zfs(8) takes as the last part of a name, and no program takes for an option or a path. */
const nameForm = /^[A-Za-z0-9][\w.:-]{0,200}$/;

/** Block volumes of a ZFS pool. Making one is a matter of metadata, done at once. */
export const zfsVolumeMaker: VolumeBackend = {
  formats: blockFormats,
  async place({ definition }, wanted) {
    const pool = zpoolOf(definition);
    await runProgram('zfs', createArguments(pool, wanted));
    const args = ['list', '-Hp', '-t', 'volume', '-o', volumeFields.join(','), `${pool}/${wanted.name}`];
    const { output } = await runProgram('zfs', args);
    const [volume] = await seenDevices(zfsVolumes(output, pool, targetPath(definition)));
    if (volume === undefined) throw failed(`the volume '${wanted.name}' is not there once it has been made`);
    return volume;
  },
  async build() {},
  async remove({ definition }, { name }) {
    await runProgram('zfs', ['destroy', `${zpoolOf(definition)}/${name}`]);
  },
};

const KIBI = 1024n;
const kibibytes = (bytes: bigint): string => `${(bytes + KIBI - 1n) / KIBI}K`;

/** One that is to have less than its capacity is sparse, and reserves what it is to have. Throws operationInvalid for a bad name. */
export function createArguments(pool: string, { name, capacity, allocation }: VolumeDefinition): string[] {
  if (!nameForm.test(name)) throw invalid(`'${name}' is no name of a ZFS volume`);
  const whole = capacity ?? 0n;
  const held = allocation ?? whole;
  const isSparse = held < whole;
  const reserved = isSparse && held > 0n ? ['-o', `refreservation=${kibibytes(held)}`] : [];
  return ['create', ...(isSparse ? ['-s'] : []), ...reserved, '-V', kibibytes(whole), `${pool}/${name}`];
}
