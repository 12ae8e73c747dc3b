import type { StorageDriver } from '../../drivers/contract/storage.ts';
import type { StoragePoolEvent } from '../../drivers/contract/storage-pools.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import { STORAGE_POOL_LIST_MAX, STORAGE_VOL_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { storagePoolProcedures } from '../../protocol/programs/remote/storage-pool.ts';
import type { Call } from '../call.ts';
import type { ObjectEventRouter } from '../events/object-event-router.ts';
import { requireRoom } from './argument.ts';
import { wholeList } from './whole-list.ts';

/** Storage pools, the lists of their volumes, and their events. */
export function storagePoolHandlers(driver: StorageDriver, router: ObjectEventRouter<StoragePoolEvent>) {
  return {
    connectNumOfStoragePools: () => ({ num: driver.connectNumOfStoragePools() }),
    connectListStoragePools(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, STORAGE_POOL_LIST_MAX, 'REMOTE_STORAGE_POOL_LIST_MAX');
      return { names: driver.connectListStoragePools().slice(0, maxnames) };
    },
    connectNumOfDefinedStoragePools: () => ({ num: driver.connectNumOfDefinedStoragePools() }),
    connectListDefinedStoragePools(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, STORAGE_POOL_LIST_MAX, 'REMOTE_STORAGE_POOL_LIST_MAX');
      return { names: driver.connectListDefinedStoragePools().slice(0, maxnames) };
    },
    connectListAllStoragePools(_call, { needResults, flags }) {
      const all = driver.connectListAllStoragePools(flags);
      const { list: pools, ret } = wholeList('storage_pools', all, needResults, STORAGE_POOL_LIST_MAX);
      return { pools, ret };
    },
    async connectFindStoragePoolSources(_call, { type, srcSpec, flags }) {
      return { xml: await driver.connectFindStoragePoolSources(type, srcSpec, flags) };
    },
    async connectGetStoragePoolCapabilities(_call, { flags }) {
      return { capabilities: await driver.connectGetStoragePoolCapabilities(flags) };
    },

    storagePoolLookupByName: (_call, { name }) => ({ pool: driver.storagePoolLookupByName(name) }),
    storagePoolLookupByUuid: (_call, { uuid }) => ({ pool: driver.storagePoolLookupByUuid(uuid) }),
    storagePoolLookupByVolume: (_call, { vol }) => ({ pool: driver.storagePoolLookupByVolume(vol) }),
    storagePoolLookupByTargetPath: (_call, { path }) => ({ pool: driver.storagePoolLookupByTargetPath(path) }),

    storagePoolDefineXml: async (_call, { xml, flags }) => ({ pool: await driver.storagePoolDefineXml(xml, flags) }),
    storagePoolCreateXml: async (_call, { xml, flags }) => ({ pool: await driver.storagePoolCreateXml(xml, flags) }),
    storagePoolUndefine: (_call, { pool }) => driver.storagePoolUndefine(pool),
    storagePoolBuild: (_call, { pool, flags }) => driver.storagePoolBuild(pool, flags),
    storagePoolCreate: (_call, { pool, flags }) => driver.storagePoolCreate(pool, flags),
    storagePoolRefresh: (_call, { pool, flags }) => driver.storagePoolRefresh(pool, flags),
    storagePoolDestroy: (_call, { pool }) => driver.storagePoolDestroy(pool),
    storagePoolDelete: (_call, { pool, flags }) => driver.storagePoolDelete(pool, flags),

    storagePoolGetInfo: (_call, { pool }) => driver.storagePoolGetInfo(pool),
    storagePoolGetXmlDesc: (_call, { pool, flags }) => ({ xml: driver.storagePoolGetXmlDesc(pool, flags) }),
    storagePoolIsActive: (_call, { pool }) => ({ active: Number(driver.storagePoolIsActive(pool)) }),
    storagePoolIsPersistent: (_call, { pool }) => ({ persistent: Number(driver.storagePoolIsPersistent(pool)) }),
    storagePoolGetAutostart: (_call, { pool }) => ({ autostart: Number(driver.storagePoolGetAutostart(pool)) }),
    storagePoolSetAutostart: (_call, { pool, autostart }) => driver.storagePoolSetAutostart(pool, autostart !== 0),

    storagePoolNumOfVolumes: (_call, { pool }) => ({ num: driver.storagePoolNumOfVolumes(pool) }),
    storagePoolListVolumes(_call, { pool, maxnames }) {
      requireRoom('maxnames', maxnames, STORAGE_VOL_LIST_MAX, 'REMOTE_STORAGE_VOL_LIST_MAX');
      return { names: driver.storagePoolListVolumes(pool).slice(0, maxnames) };
    },
    storagePoolListAllVolumes(_call, { pool, needResults, flags }) {
      const all = driver.storagePoolListAllVolumes(pool, flags);
      const { list: vols, ret } = wholeList('storage_volumes', all, needResults, STORAGE_VOL_LIST_MAX);
      return { vols, ret };
    },

    connectStoragePoolEventRegisterAny: ({ client }, { eventID, pool }) => ({
      callbackID: router.register(client, eventID, pool?.uuid ?? null),
    }),
    connectStoragePoolEventDeregisterAny: ({ client }, { callbackID }) => router.deregister(client, callbackID),
  } satisfies Handlers<typeof storagePoolProcedures, Call>;
}
