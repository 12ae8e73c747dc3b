import type { StreamSink, StreamSource } from '../contract/data-stream.ts';
import type { VolumeRange } from '../contract/storage-volumes.ts';
import type { VolumeDefinition } from '../xml/storage/volume-definition.ts';
import type { VolumeFormats } from '../xml/storage/volume-formats.ts';
import type { StoragePool } from './pool.ts';
import type { StorageVolume } from './volume.ts';

/** A volume to copy from, of whatever pool. */
export interface VolumeContent {
  readonly volume: StorageVolume;
  /** Opens its bytes to be read; the caller closes the descriptor. */
  open(): Promise<number>;
}

/** One that can do all of it. */
export type WholeVolumeBackend = Required<Omit<VolumeBackend, 'formats'>>;

/**
 * What can be done with the volumes of pools of one type; `place` and `remove` are short and made while the
 * driver holds the pool's job; the others run beside it, counted by `pool.withAsyncJob`. What is absent is answered
 * noSupport, but for `open`: without it, a volume's bytes are those of the file or device at its path.
 */
export interface VolumeBackend {
  /** What their documents may name; `fileFormats` unless said otherwise. */
  readonly formats?: VolumeFormats;
  /**
   * Checks what is wanted and says where the volume will be: path, key, type. Makes nothing that takes long. The driver has
   * filled in capacity and allocation, and made sure that the pool has no volume of that name.
   */
  place(pool: StoragePool, wanted: VolumeDefinition): Promise<StorageVolume>;
  /** Makes it. On failure nothing is left. */
  build(pool: StoragePool, volume: StorageVolume, flags: number, signal: AbortSignal): Promise<void>;
  /** Makes it with the content of `source`. On failure nothing is left. */
  buildFrom?(
    pool: StoragePool,
    volume: StorageVolume,
    source: VolumeContent,
    flags: number,
    signal: AbortSignal,
  ): Promise<void>;
  remove(pool: StoragePool, volume: StorageVolume, flags: number): Promise<void>;
  /** What the volume is now; null when it is gone. Absent: what the last refresh of the pool found. */
  describe?(pool: StoragePool, volume: StorageVolume): Promise<VolumeDefinition | null>;
  /** `capacity` in bytes, not below the allocation; `allocate` gives it all its blocks. */
  resize?(pool: StoragePool, volume: StorageVolume, capacity: bigint, allocate: boolean): Promise<void>;
  /** Opens its bytes; the caller closes the descriptor. `flags` as open(2) has them. */
  open?(pool: StoragePool, volume: StorageVolume, flags: number): Promise<number>;
  /** For volumes whose bytes are not simply theirs; null: they are. */
  upload?(pool: StoragePool, volume: StorageVolume, range: VolumeRange): Promise<StreamSink | null>;
  download?(pool: StoragePool, volume: StorageVolume, range: VolumeRange): Promise<StreamSource | null>;
}
