import {
  noTarget,
  type BackingStore,
  type VolumeDefinition,
  type VolumeExtent,
} from '../../../xml/storage/volume-definition.ts';
import { count, type Row } from '../../programs/read-json.ts';
import { StorageVolume } from '../../volume.ts';

/** What lvs(8) is asked for: a row for each segment of each volume. */
export const volumeFields = [
  'lv_name',
  'lv_uuid',
  'origin',
  'devices',
  'seg_size',
  'vg_extent_size',
  'lv_size',
  'lv_attr',
] as const;

/** Kinds of volumes, by the first letter of their attributes, that are parts of others or hold no data of users. */
const inner = new Set(['t', 'p', 'e', 'l', 'i', 'I', 'D', 'd', 'T', 'v']);

/** The volumes of a group below `directory`, from the rows of their segments. */
export function logicalVolumes(rows: readonly Row[], directory: string): StorageVolume[] {
  const segments = Map.groupBy(rows, row => row['lv_name'] ?? '');
  return [...segments].flatMap(([name, parts]) => {
    const [first] = parts;
    if (first === undefined || name === '' || inner.has(kindOf(first))) return [];
    const definition = describe(name, first, parts, directory);
    return [new StorageVolume(name, first['lv_uuid'] ?? '', `${directory}/${name}`, definition)];
  });
}

const kindOf = (row: Row): string => (row['lv_attr'] ?? '').slice(0, 1);

function describe(name: string, first: Row, parts: readonly Row[], directory: string): VolumeDefinition {
  const capacity = count(first, 'lv_size');
  const extents = parts.flatMap(extentsOf);
  const held = extents.reduce((sum, { start, end }) => sum + (end - start), 0n);
  return {
    name,
    key: first['lv_uuid'] ?? '',
    type: 'block',
    capacity,
    allocation: extents.length === 0 ? capacity : held,
    physical: null,
    extents,
    target: { ...noTarget, path: `${directory}/${name}` },
    backingStore: backingStore(first, directory),
  };
}

/** "/dev/sda1(0),/dev/sdb1(12)": devices, and the extent where the segment begins. */
function extentsOf(row: Row): VolumeExtent[] {
  const extentSize = count(row, 'vg_extent_size');
  const devices = (row['devices'] ?? '').split(/,(?=\/)/).flatMap(text => {
    const [, device, start] = /^(\/.*)\((\d+)\)$/.exec(text) ?? [];
    return device === undefined || start === undefined ? [] : [{ device, start: BigInt(start) * extentSize }];
  });
  const share = devices.length === 0 ? 0n : count(row, 'seg_size') / BigInt(devices.length);
  return devices.map(({ device, start }) => ({ device, start, end: start + share }));
}

/** A snapshot is backed by what it was made of. */
function backingStore({ origin = '' }: Row, directory: string): BackingStore | null {
  // "[lvol0_vorigin]": one without an origin of its own.
  if (origin === '' || origin.startsWith('[')) return null;
  return { path: `${directory}/${origin}`, format: 'raw', permissions: null, timestamps: null };
}
