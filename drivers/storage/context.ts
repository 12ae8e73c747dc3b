import type { EventChannel } from '../contract/event-channel.ts';
import type { Log } from '../contract/log.ts';
import type { StoragePoolEvent } from '../contract/storage-pools.ts';
import type { VolumeUsers } from '../contract/volume-sources.ts';
import type { ObjectJobs } from '../objects/object-jobs.ts';
import type { BackendTable } from './backends/backend-table.ts';
import type { PoolList } from './pool-list.ts';
import type { PoolStore } from './pool-store.ts';
import type { StoragePool } from './pool.ts';

/** What the driver's operations share. */
export interface StorageContext {
  readonly log: Log;
  readonly pools: PoolList;
  /** Null: nobody uses volumes. */
  readonly users: VolumeUsers | null;
  readonly jobs: ObjectJobs<StoragePool>;
  readonly events: EventChannel<StoragePoolEvent>;
  readonly store: PoolStore;
  readonly backends: BackendTable;
}
