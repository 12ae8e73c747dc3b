import { join } from 'node:path';
import { EventChannel } from '../contract/event-channel.ts';
import type { StoragePoolEvent } from '../contract/storage-pools.ts';
import type { VolumeSources } from '../contract/volume-sources.ts';
import { hasDocuments } from '../files/read-directory.ts';
import { DriverOnDemand, onDemand } from '../objects/on-demand.ts';
import type { StorageDriverOptions } from './driver.ts';

/** Storage pools, with code that is loaded once there is one, or somebody asks. */
export function storageDriverOnDemand(options: StorageDriverOptions) {
  const { etc, run } = options.paths;
  const storagePoolEvents = new EventChannel<StoragePoolEvent>();
  const driver = new DriverOnDemand({
    isNeeded: () => hasDocuments(join(etc, 'storage')) || hasDocuments(join(run, 'storage')),
    async load() {
      const { createStorageDriver } = await import('./driver.ts');
      const driver = createStorageDriver(options);
      driver.storagePoolEvents.subscribe(event => storagePoolEvents.emit(event));
      return driver;
    },
  });
  const volumeSources: VolumeSources = {
    find: async (pool, volume) => (await driver.open()).volumeSources.find(pool, volume),
  };
  return onDemand(driver, { storagePoolEvents, volumeSources });
}
