import type { VolumePermissions } from './volume-definition.ts';

/** The types of pools, in the order of libvirt's numbers for them. */
export const poolTypes = [
  'dir',
  'fs',
  'netfs',
  'logical',
  'disk',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'rbd',
  'sheepdog',
  'gluster',
  'zfs',
  'vstorage',
] as const;
export type PoolType = (typeof poolTypes)[number];

/** What a pool's document says, with everything filled in that it leaves out. Figures of the moment are not part of it. */
export interface PoolDefinition {
  readonly type: PoolType;
  readonly name: string;
  readonly uuid: string;
  readonly source: PoolSource;
  readonly target: PoolTarget | null;
  /** Whether new volumes on a copy-on-write file system stay so; null leaves that to the file system. */
  readonly cow: boolean | null;
  /** What a volume's allocation is after a refresh: measured ("default"), or simply its capacity. */
  readonly refreshAllocation: 'default' | 'capacity' | null;
  /** Options of the name spaces `fs` and `rbd`, in the order given; values are null for `fs`. */
  readonly options: PoolOptions | null;
}

export interface PoolOptions {
  readonly space: 'fs' | 'rbd';
  readonly values: readonly { readonly name: string; readonly value: string | null }[];
}

/** Where a pool comes from. What its type does not use is null or empty. */
export interface PoolSource {
  readonly hosts: readonly { readonly name: string; readonly port: number }[];
  readonly devices: readonly PoolSourceDevice[];
  readonly directory: string | null;
  readonly adapter: PoolAdapter | null;
  /** The volume group, the RBD pool, … */
  readonly name: string | null;
  readonly initiator: string | null;
  readonly auth: PoolAuth | null;
  readonly vendor: string | null;
  readonly product: string | null;
  /** null for types that have no formats. */
  readonly format: string | null;
  /** The version of NFS. */
  readonly protocolVersion: string | null;
}

export interface PoolSourceDevice {
  readonly path: string;
  /** Disks: whether a "p" stands between the device's name and a partition's number; null when it is not said. */
  readonly partSeparator: boolean | null;
  /** Told of the disk of an active pool, never taken from a document. */
  readonly freeExtents: readonly FreeExtent[];
}

/** Where a partition would have room, in bytes from the start of the disk. */
export interface FreeExtent {
  readonly start: bigint;
  readonly end: bigint;
}

export interface PoolAuth {
  readonly type: 'chap' | 'ceph';
  readonly username: string;
  /** As the document has it; nothing depends on it. */
  readonly secretType: string | null;
  readonly secret: { readonly uuid: string } | { readonly usage: string };
}

export type PoolAdapter =
  | { readonly type: 'scsi_host'; readonly name: string }
  | { readonly type: 'scsi_host'; readonly parent: PciAddress; readonly uniqueId: number }
  | {
      readonly type: 'fc_host';
      readonly parent: string | null;
      readonly parentWwnn: string | null;
      readonly parentWwpn: string | null;
      readonly parentFabricWwn: string | null;
      readonly managed: boolean | null;
      readonly wwnn: string;
      readonly wwpn: string;
    };

export interface PciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

export interface PoolTarget {
  /** As the document has it, without doubled and trailing slashes; not resolved. */
  readonly path: string;
  readonly permissions: VolumePermissions | null;
}

/** A pool's figures in bytes. */
export interface PoolFigures {
  readonly capacity: bigint;
  readonly allocation: bigint;
  readonly available: bigint;
}
