/** What a storage volume's document says. Sizes are bytes. */
export interface VolumeDefinition {
  readonly name: string;
  /** What finds the volume on this host whatever its pool: its path, or what the backend has. Null in a request. */
  readonly key: string | null;
  readonly type: VolumeType;
  /** What users see; null in a request that leaves it to a source or a backing store. */
  readonly capacity: bigint | null;
  /** What it takes of the pool; null in a request: as much as the capacity. */
  readonly allocation: bigint | null;
  /** How far its container (a file) reaches; null where it is not known. */
  readonly physical: bigint | null;
  /** The pool's devices that hold it, of backends that know. */
  readonly extents: readonly VolumeExtent[];
  readonly target: VolumeTarget;
  readonly backingStore: BackingStore | null;
}

export type VolumeType = 'file' | 'block' | 'dir' | 'network' | 'netdir' | 'ploop';

export interface VolumeExtent {
  readonly device: string;
  readonly start: bigint;
  readonly end: bigint;
}

export interface VolumeTarget {
  readonly path: string | null;
  /** A name of the pool type's volume formats; null where these have none. */
  readonly format: string | null;
  readonly permissions: VolumePermissions | null;
  readonly timestamps: VolumeTimestamps | null;
  readonly encryption: VolumeEncryption | null;
  /** The qcow2 version, as qemu-img names it: "0.10" or "1.1". */
  readonly compat: string | null;
  readonly clusterSize: bigint | null;
  /** Of qcow2; null when nothing is said of features, empty when there are none. */
  readonly features: readonly VolumeFeature[] | null;
  /** In a request only: no copy-on-write, on btrfs. */
  readonly nocow: boolean;
}

export const volumeFeatures = ['lazy_refcounts', 'extended_l2'] as const;
export type VolumeFeature = (typeof volumeFeatures)[number];

/** A null in a request is left as it comes. */
export interface VolumePermissions {
  readonly mode: number | null;
  readonly owner: number | null;
  readonly group: number | null;
  readonly label: string | null;
}

/** Nanoseconds since the epoch. */
export interface VolumeTimestamps {
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
  /** 0 where the file system does not keep it. */
  readonly btime: bigint;
}

export interface VolumeEncryption {
  readonly format: EncryptionFormat;
  readonly engine: 'qemu' | 'librbd' | null;
  readonly secrets: readonly EncryptionSecret[];
  readonly cipher: EncryptionCipher | null;
  readonly ivgen: EncryptionIvgen | null;
}

export const encryptionFormats = ['default', 'qcow', 'luks', 'luks2', 'luks-any'] as const;
export type EncryptionFormat = (typeof encryptionFormats)[number];

/** Names a secret of the secret driver: exactly one of the two. */
export interface EncryptionSecret {
  readonly type: 'passphrase';
  readonly uuid: string | null;
  readonly usage: string | null;
}

export interface EncryptionCipher {
  readonly name: string;
  readonly size: number;
  readonly mode: string | null;
  readonly hash: string | null;
}

export interface EncryptionIvgen {
  readonly name: string;
  readonly hash: string | null;
}

export interface BackingStore {
  /** As it was found in the image: it may name what is no file at all. */
  readonly path: string;
  readonly format: string;
  readonly permissions: VolumePermissions | null;
  readonly timestamps: VolumeTimestamps | null;
}

/** What a request that says nothing of a target means. */
export const noTarget: VolumeTarget = {
  path: null,
  format: null,
  permissions: null,
  timestamps: null,
  encryption: null,
  compat: null,
  clusterSize: null,
  features: null,
  nocow: false,
};
