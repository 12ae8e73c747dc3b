/** Where the content of a storage volume is, for who uses it. */
export interface VolumeSource {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'block';
  /** libvirt's name of a file's format ("raw", "qcow2"); null for the others. */
  readonly format: string | null;
}

/** What domains ask of the storage driver. */
export interface VolumeSources {
  /**
   * The volume of that name in the pool of that name. Throws noStoragePool, configUnsupported when the pool is not
   * active, noStorageVolume, and configUnsupported for a volume that no domain of this host can use.
   */
  find(pool: string, volume: string): Promise<VolumeSource>;
}

/** Who has volumes in use: what the storage driver asks of the one that runs domains. */
export interface VolumeUsers {
  /** The name of a domain that runs, or starts, with a volume, known by its pool and name or by its path; null for none. */
  userOf(pool: string, volume: string, path: string): string | null;
}
