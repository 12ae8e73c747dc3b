import type { VolumeDefinition } from '../xml/storage/volume-definition.ts';
import type { StoragePool } from './pool.ts';
import type { StorageVolume } from './volume.ts';

/**
 * What can be done with the volumes of pools of one type; `place` and `remove` are short and made while the
 * driver holds the pool's job; the others run beside it, counted by `pool.withAsyncJob`.
 */
export interface VolumeBackend {
  /** Checks what is wanted and says where the volume will be: path, key, type. Makes nothing that takes long. */
  place(pool: StoragePool, wanted: VolumeDefinition): Promise<StorageVolume>;
  /** Makes it. On failure nothing is left. */
  build(pool: StoragePool, volume: StorageVolume, flags: number, signal: AbortSignal): Promise<void>;
  remove(pool: StoragePool, volume: StorageVolume, flags: number): Promise<void>;
}
