import type { DriverLife } from './driver-life.ts';
import type { StoragePools } from './storage-pools.ts';
import type { StorageVolumes } from './storage-volumes.ts';
import type { VolumeSources } from './volume-sources.ts';

/** What a driver of storage must do: pools, their volumes, and telling domains where volumes are. */
export interface StorageDriver extends DriverLife, StoragePools, StorageVolumes {
  readonly volumeSources: VolumeSources;
}
