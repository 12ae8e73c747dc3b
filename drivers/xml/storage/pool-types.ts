import type { PoolType } from './pool-definition.ts';
import { blockFormats, fileFormats, partitionFormats, type VolumeFormats } from './volume-formats.ts';

/** What a source may hold, by type. */
export type SourcePart = 'host' | 'device' | 'dir' | 'adapter' | 'name' | 'initiator';

/** How the documents of one type of pool differ from the others. */
export interface PoolTypeForm {
  readonly source: readonly SourcePart[];
  /** Formats of the source; null where there are none. */
  readonly formats: { readonly names: readonly string[]; readonly fallback: string } | null;
  /** A path that the document gives; one that follows from the source's name; or none, for what is on the network alone. */
  readonly target: 'path' | '/dev/' | '/dev/zvol/' | null;
  readonly volumes: VolumeFormats;
  /** What the capabilities list as the formats of volumes; null: nothing is said of them. */
  readonly listedVolumes: readonly string[] | null;
}

const files = { volumes: fileFormats, listedVolumes: ['none', ...fileFormats.names] };
const blocks = { volumes: blockFormats, listedVolumes: null };

/** Last in the list is ours: libvirt 9 knows no btrfs there. */
const fileSystems = 'auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs btrfs'.split(' ');
const networkFileSystems = ['auto', 'nfs', 'glusterfs', 'cifs'];
const partitionTables = 'unknown dos dvh gpt mac bsd pc98 sun lvm2'.split(' ');

export const poolTypeForms: Readonly<Record<PoolType, PoolTypeForm>> = {
  dir: { source: [], formats: null, target: 'path', ...files },
  fs: { source: ['device'], formats: { names: fileSystems, fallback: 'auto' }, target: 'path', ...files },
  netfs: {
    source: ['host', 'dir'],
    formats: { names: networkFileSystems, fallback: 'auto' },
    target: 'path',
    ...files,
  },
  logical: {
    source: ['name', 'device'],
    formats: { names: ['unknown', 'lvm2'], fallback: 'lvm2' },
    target: '/dev/',
    ...blocks,
  },
  disk: {
    source: ['device'],
    formats: { names: partitionTables, fallback: 'unknown' },
    target: 'path',
    volumes: partitionFormats,
    listedVolumes: partitionFormats.names,
  },
  iscsi: { source: ['host', 'device', 'initiator'], formats: null, target: 'path', ...blocks },
  'iscsi-direct': { source: ['host', 'device', 'initiator'], formats: null, target: null, ...blocks },
  scsi: { source: ['adapter'], formats: null, target: 'path', ...blocks },
  mpath: { source: [], formats: null, target: 'path', ...blocks },
  rbd: { source: ['host', 'name'], formats: null, target: null, volumes: blockFormats, listedVolumes: [] },
  sheepdog: { source: ['host', 'name'], formats: null, target: null, ...blocks },
  gluster: { source: ['host', 'dir', 'name'], formats: null, target: null, ...files },
  zfs: { source: ['name', 'device'], formats: null, target: '/dev/zvol/', ...blocks },
  vstorage: { source: ['name'], formats: null, target: 'path', ...files },
};
