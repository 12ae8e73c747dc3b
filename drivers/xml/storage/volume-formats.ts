/** The names that the `format` of a volume may have, by what holds the volumes. */
export interface VolumeFormats {
  readonly names: readonly string[];
  /** What a document that names none means. */
  readonly fallback: string;
}

/** In directories: images and trees. */
export const fileFormats: VolumeFormats = {
  names: [
    'raw',
    'dir',
    'bochs',
    'cloop',
    'dmg',
    'iso',
    'vpc',
    'vdi',
    'fat',
    'vhd',
    'ploop',
    'cow',
    'qcow',
    'qcow2',
    'qed',
    'vmdk',
  ],
  fallback: 'raw',
};

/** Partitions: the types of a partition table. */
export const partitionFormats: VolumeFormats = {
  names: ['none', 'linux', 'fat16', 'fat32', 'linux-swap', 'linux-lvm', 'linux-raid', 'extended'],
  fallback: 'none',
};

/** Where volumes are nothing but block devices. */
export const blockFormats: VolumeFormats = { names: ['raw'], fallback: 'raw' };
