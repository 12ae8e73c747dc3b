import { noTarget } from '../../../xml/storage/volume-definition.ts';
import { count } from '../../programs/read-json.ts';
import { StorageVolume } from '../../volume.ts';

/** What zfs(8) is asked for, in this order. */
export const volumeFields = ['name', 'volsize', 'refreservation', 'used'] as const;
export const poolFields = ['health', 'size', 'free', 'allocated'] as const;

/** The lines of `-H` output as rows: fields are separated by one tab each. */
export const tabbedRows = (text: string, fields: readonly string[]): Readonly<Record<string, string>>[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const values = line.split('\t');
      return Object.fromEntries(fields.map((field, at) => [field, values[at] ?? '']));
    });

/** The volumes of `pool`: those directly in it, without their snapshots. */
export const zfsVolumes = (text: string, pool: string, directory: string): StorageVolume[] =>
  tabbedRows(text, volumeFields).flatMap(row => {
    const name = row['name'] ?? '';
    if (!name.startsWith(`${pool}/`)) return [];
    const own = name.slice(pool.length + 1);
    const capacity = count(row, 'volsize');
    const reserved = count(row, 'refreservation');
    const path = `${directory}/${own}`;
    return [
      new StorageVolume(own, path, path, {
        name: own,
        key: path,
        type: 'block',
        capacity,
        // One that reserves nothing takes what it holds.
        allocation: reserved === 0n ? count(row, 'used') : reserved,
        physical: null,
        extents: [],
        target: { ...noTarget, path },
        backingStore: null,
      }),
    ];
  });
