import type { OnDemand } from '../../drivers/contract/on-demand.ts';
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
export function storagePoolHandlers(driver: OnDemand<StorageDriver>, router: ObjectEventRouter<StoragePoolEvent>) {
  return {
    connectNumOfStoragePools: async () => ({ num: await driver.connectNumOfStoragePools() }),
    async connectListStoragePools(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, STORAGE_POOL_LIST_MAX, 'REMOTE_STORAGE_POOL_LIST_MAX');
      return { names: (await driver.connectListStoragePools()).slice(0, maxnames) };
    },
    connectNumOfDefinedStoragePools: async () => ({ num: await driver.connectNumOfDefinedStoragePools() }),
    async connectListDefinedStoragePools(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, STORAGE_POOL_LIST_MAX, 'REMOTE_STORAGE_POOL_LIST_MAX');
      return { names: (await driver.connectListDefinedStoragePools()).slice(0, maxnames) };
    },
    async connectListAllStoragePools(_call, { needResults, flags }) {
      const all = await driver.connectListAllStoragePools(flags);
      const { list: pools, ret } = wholeList('storage_pools', all, needResults, STORAGE_POOL_LIST_MAX);
      return { pools, ret };
    },
    async connectFindStoragePoolSources(_call, { type, srcSpec, flags }) {
      return { xml: await driver.connectFindStoragePoolSources(type, srcSpec, flags) };
    },
    async connectGetStoragePoolCapabilities(_call, { flags }) {
      return { capabilities: await driver.connectGetStoragePoolCapabilities(flags) };
    },

    storagePoolLookupByName: async (_call, { name }) => ({ pool: await driver.storagePoolLookupByName(name) }),
    storagePoolLookupByUuid: async (_call, { uuid }) => ({ pool: await driver.storagePoolLookupByUuid(uuid) }),
    storagePoolLookupByVolume: async (_call, { vol }) => ({ pool: await driver.storagePoolLookupByVolume(vol) }),
    storagePoolLookupByTargetPath: async (_call, { path }) => ({
      pool: await driver.storagePoolLookupByTargetPath(path),
    }),

    storagePoolDefineXml: async (_call, { xml, flags }) => ({ pool: await driver.storagePoolDefineXml(xml, flags) }),
    storagePoolCreateXml: async (_call, { xml, flags }) => ({ pool: await driver.storagePoolCreateXml(xml, flags) }),
    storagePoolUndefine: (_call, { pool }) => driver.storagePoolUndefine(pool),
    storagePoolBuild: (_call, { pool, flags }) => driver.storagePoolBuild(pool, flags),
    storagePoolCreate: (_call, { pool, flags }) => driver.storagePoolCreate(pool, flags),
    storagePoolRefresh: (_call, { pool, flags }) => driver.storagePoolRefresh(pool, flags),
    storagePoolDestroy: (_call, { pool }) => driver.storagePoolDestroy(pool),
    storagePoolDelete: (_call, { pool, flags }) => driver.storagePoolDelete(pool, flags),

    storagePoolGetInfo: async (_call, { pool }) => await driver.storagePoolGetInfo(pool),
    storagePoolGetXmlDesc: async (_call, { pool, flags }) => ({ xml: await driver.storagePoolGetXmlDesc(pool, flags) }),
    storagePoolIsActive: async (_call, { pool }) => ({ active: Number(await driver.storagePoolIsActive(pool)) }),
    storagePoolIsPersistent: async (_call, { pool }) => ({
      persistent: Number(await driver.storagePoolIsPersistent(pool)),
    }),
    storagePoolGetAutostart: async (_call, { pool }) => ({
      autostart: Number(await driver.storagePoolGetAutostart(pool)),
    }),
    storagePoolSetAutostart: (_call, { pool, autostart }) => driver.storagePoolSetAutostart(pool, autostart !== 0),

    storagePoolNumOfVolumes: async (_call, { pool }) => ({ num: await driver.storagePoolNumOfVolumes(pool) }),
    async storagePoolListVolumes(_call, { pool, maxnames }) {
      requireRoom('maxnames', maxnames, STORAGE_VOL_LIST_MAX, 'REMOTE_STORAGE_VOL_LIST_MAX');
      return { names: (await driver.storagePoolListVolumes(pool)).slice(0, maxnames) };
    },
    async storagePoolListAllVolumes(_call, { pool, needResults, flags }) {
      const all = await driver.storagePoolListAllVolumes(pool, flags);
      const { list: vols, ret } = wholeList('storage_volumes', all, needResults, STORAGE_VOL_LIST_MAX);
      return { vols, ret };
    },

    connectStoragePoolEventRegisterAny: ({ client }, { eventID, pool }) => ({
      callbackID: router.register(client, eventID, pool?.uuid ?? null),
    }),
    connectStoragePoolEventDeregisterAny: ({ client }, { callbackID }) => router.deregister(client, callbackID),
  } satisfies Handlers<typeof storagePoolProcedures, Call>;
}
