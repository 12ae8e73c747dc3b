import { basename } from 'node:path';
import { noTarget } from '../../../xml/storage/volume-definition.ts';
import { StorageVolume } from '../../volume.ts';
import type { Partition } from './partition-table.ts';

/** What libvirt calls the types of partitions: by GUID (of GPT) and number (of DOS). */
const formats: Readonly<Record<string, string>> = {
  '0FC63DAF-8483-4772-8E79-3D69D8477DE4': 'linux',
  '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F': 'linux-swap',
  'E6D6D379-F507-44C2-A23C-238F2A3DF928': 'linux-lvm',
  'A19D880F-05FC-4D3B-A006-743F0F84911E': 'linux-raid',
  'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7': 'fat32',
  '83': 'linux',
  '82': 'linux-swap',
  '8e': 'linux-lvm',
  fd: 'linux-raid',
  '6': 'fat16',
  e: 'fat16',
  b: 'fat32',
  c: 'fat32',
  '5': 'extended',
  f: 'extended',
};

/** What a new partition of a format is in a table of that kind, as sfdisk(8) takes it; null: there are none. */
export const partitionType = (label: string, format: string): string | null => types[label]?.[format] ?? null;

const types: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gpt: {
    none: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
    linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
    'linux-swap': '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F',
    'linux-lvm': 'E6D6D379-F507-44C2-A23C-238F2A3DF928',
    'linux-raid': 'A19D880F-05FC-4D3B-A006-743F0F84911E',
    fat16: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
    fat32: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  },
  dos: {
    none: '83',
    linux: '83',
    'linux-swap': '82',
    'linux-lvm': '8e',
    'linux-raid': 'fd',
    fat16: '6',
    fat32: 'c',
    extended: '5',
  },
};

/** The partitions of `disk` as volumes; their paths are in `directory`, which need not be /dev. */
export const partitionVolumes = (partitions: readonly Partition[], disk: string, directory: string): StorageVolume[] =>
  partitions.map(({ node, start, end, type }) => {
    const name = basename(node);
    const path = `${directory}/${name}`;
    return new StorageVolume(name, path, path, {
      name,
      key: path,
      type: 'block',
      capacity: end - start,
      allocation: end - start,
      physical: end - start,
      extents: [{ device: disk, start, end }],
      target: { ...noTarget, path, format: formats[type] ?? 'none' },
      backingStore: null,
    });
  });
