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
