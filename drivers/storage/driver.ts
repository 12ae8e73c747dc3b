import { join } from 'node:path';
import { EventChannel } from '../contract/event-channel.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import type { SecretValues } from '../contract/secret-values.ts';
import type { StorageDriver } from '../contract/storage.ts';
import type { StoragePoolEvent } from '../contract/storage-pools.ts';
import type { VolumeUsers } from '../contract/volume-sources.ts';
import { ObjectJobs } from '../objects/object-jobs.ts';
import { createBackends } from './backends/create-backends.ts';
import { partitionMaker } from './backends/disk/make-partitions.ts';
import { logicalVolumeMaker } from './backends/logical/make-volumes.ts';
import { zfsVolumeMaker } from './backends/zfs/make-volumes.ts';
import type { StorageContext } from './context.ts';
import { building } from './operations/building.ts';
import { defining } from './operations/defining.ts';
import { discovery } from './operations/discovery.ts';
import { hostStart } from './operations/host-start.ts';
import { queries } from './operations/queries.ts';
import { running } from './operations/running.ts';
import { starting } from './operations/starting.ts';
import { PoolList } from './pool-list.ts';
import { PoolStore } from './pool-store.ts';
import type { StoragePool } from './pool.ts';
import { volumeSources } from './volume-sources.ts';
import { fileVolumes } from './volumes/file-volumes.ts';
import { imageMakers } from './volumes/image-makers.ts';
import { storageVolumes } from './volumes/storage-volumes.ts';

export interface StorageDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
  /** For encrypted volumes; null: none can be opened. */
  readonly secrets: SecretValues | null;
  /** Absent: nobody uses volumes. */
  readonly users?: VolumeUsers;
}

/** Storage pools and their volumes. Paths in a pool's document are the host's, wherever the daemon's own files lie. */
export function createStorageDriver(options: StorageDriverOptions): StorageDriver {
  const context = makeContext(options);
  const ending = new AbortController();
  return {
    ...queries(context),
    ...defining(context),
    ...starting(context),
    ...running(context),
    ...building(context),
    ...discovery(context),
    ...storageVolumes({ ...context, ending: ending.signal }),
    ...hostStart(context),
    volumeSources: volumeSources(context.pools),
    async close() {
      ending.abort();
    },
  };
}

function makeContext({ paths, log, secrets, users }: StorageDriverOptions): StorageContext {
  const pools = new PoolList();
  const makers = imageMakers({ pools, secrets, runDirectory: join(paths.run, 'storage') });
  return {
    log,
    pools,
    users: users ?? null,
    jobs: new ObjectJobs<StoragePool>(),
    events: new EventChannel<StoragePoolEvent>(),
    store: new PoolStore(paths, log),
    backends: createBackends({
      files: fileVolumes(makers),
      logical: logicalVolumeMaker,
      disk: partitionMaker,
      zfs: zfsVolumeMaker,
    }),
  };
}
