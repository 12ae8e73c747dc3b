import type { StreamSink, StreamSource } from '../../contract/data-stream.ts';
import type { VolumeRange } from '../../contract/storage-volumes.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { StoragePool } from '../pool.ts';
import type { VolumeContent } from '../volume-backend.ts';
import type { StorageVolume } from '../volume.ts';

export interface Making {
  readonly pool: StoragePool;
  readonly volume: StorageVolume;
  readonly flags: number;
  readonly signal: AbortSignal;
}

/** What is particular to volumes of one format. What they leave behind when they fail is cleared away by the caller. */
export interface ImageMaker {
  /** Throws for what can never be made. */
  check(wanted: VolumeDefinition): void;
  make(making: Making): Promise<void>;
  copy(making: Making, source: VolumeContent): Promise<void>;
  resize(volume: StorageVolume, capacity: bigint, allocate: boolean): Promise<void>;
  upload?(pool: StoragePool, volume: StorageVolume, range: VolumeRange): Promise<StreamSink>;
  download?(pool: StoragePool, volume: StorageVolume, range: VolumeRange): Promise<StreamSource>;
}

/** Who makes what the definition describes, out of `source` if there is one. */
export type ImageMakers = (definition: VolumeDefinition, source?: VolumeDefinition) => ImageMaker;
