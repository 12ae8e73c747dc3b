import type { StreamSink, StreamSource } from './data-stream.ts';
import type { StorageVolType } from './constants.ts';
import type { PoolRef } from './storage-pools.ts';

/** What identifies a volume to clients. */
export interface VolumeRef {
  /** The pool's name. */
  readonly pool: string;
  readonly name: string;
  /** Of this host, whatever the pool: a path for files. */
  readonly key: string;
}

/** virStorageVolInfo; in bytes. */
export interface VolumeInfo {
  readonly type: StorageVolType;
  readonly capacity: bigint;
  readonly allocation: bigint;
}

/** What part of a volume a stream carries; a `length` of 0 is all that follows `offset`. */
export interface VolumeRange {
  readonly offset: bigint;
  readonly length: bigint;
}

/**
 * Volumes of active pools. A pool is found by its UUID, a volume by its name in the pool of that name. All throw
 * noStoragePool, operationInvalid for a pool that is not active, and noStorageVol; calls that change something also
 * noSupport where the pool's type has no such call, and operationInvalid for a volume that is being made or is in use by
 * another call. Errors are of the domain STORAGE unless said otherwise.
 */
export interface StorageVolumes {
  storagePoolNumOfVolumes(pool: PoolRef): number;
  /** Names. */
  storagePoolListVolumes(pool: PoolRef): string[];
  storagePoolListAllVolumes(pool: PoolRef, flags: number): VolumeRef[];
  storagePoolLookupByVolume(volume: VolumeRef): PoolRef;

  storageVolLookupByName(pool: PoolRef, name: string): VolumeRef;
  /** Of any active pool. */
  storageVolLookupByKey(key: string): VolumeRef;
  storageVolLookupByPath(path: string): VolumeRef;

  /** `flags`: StorageVolInfoFlags. The figures are of now. */
  storageVolGetInfo(volume: VolumeRef, flags: number): Promise<VolumeInfo>;
  storageVolGetXmlDesc(volume: VolumeRef, flags: number): Promise<string>;
  storageVolGetPath(volume: VolumeRef): string;

  /** `flags`: StorageVolCreateFlags but REFLINK. On return it is there; on failure nothing of it is left. */
  storageVolCreateXml(pool: PoolRef, xml: string, flags: number): Promise<VolumeRef>;
  /** The same with the content of `source`, which may be of another pool. REFLINK: shared, or operationFailed. */
  storageVolCreateXmlFrom(pool: PoolRef, xml: string, source: VolumeRef, flags: number): Promise<VolumeRef>;
  /** `flags`: StorageVolDeleteFlags. ZEROED wipes first. */
  storageVolDelete(volume: VolumeRef, flags: number): Promise<void>;
  /** `capacity` in bytes; `flags`: StorageVolResizeFlags. */
  storageVolResize(volume: VolumeRef, capacity: bigint, flags: number): Promise<void>;
  /** `algorithm`: StorageVolWipeAlgorithm. */
  storageVolWipePattern(volume: VolumeRef, algorithm: number, flags: number): Promise<void>;

  /** `flags`: StorageVolUploadFlags. The volume is in use until the stream has ended. */
  storageVolUpload(volume: VolumeRef, range: VolumeRange, flags: number): Promise<StreamSink>;
  storageVolDownload(volume: VolumeRef, range: VolumeRange, flags: number): Promise<StreamSource>;
}
