import type { ProcedureTable } from '../../procedure.ts';
import { array, int, optional, struct, uchar, uhyper, uint, uuid } from '../../xdr/index.ts';
import { STORAGE_POOL_LIST_MAX, STORAGE_VOL_LIST_MAX } from './limits.ts';
import { storagePool, storageVol, text } from './types.ts';

export const connectNumOfStoragePoolsRet = struct({ num: int });
export const connectListStoragePoolsArgs = struct({ maxnames: int });
export const connectListStoragePoolsRet = struct({ names: array(text, STORAGE_POOL_LIST_MAX) });
export const connectNumOfDefinedStoragePoolsRet = struct({ num: int });
export const connectListDefinedStoragePoolsArgs = struct({ maxnames: int });
export const connectListDefinedStoragePoolsRet = struct({ names: array(text, STORAGE_POOL_LIST_MAX) });
export const connectFindStoragePoolSourcesArgs = struct({ type: text, srcSpec: optional(text), flags: uint });
export const connectFindStoragePoolSourcesRet = struct({ xml: text });
export const storagePoolCreateXmlArgs = struct({ xml: text, flags: uint });
export const storagePoolCreateXmlRet = struct({ pool: storagePool });
export const storagePoolDefineXmlArgs = struct({ xml: text, flags: uint });
export const storagePoolDefineXmlRet = struct({ pool: storagePool });
export const storagePoolCreateArgs = struct({ pool: storagePool, flags: uint });
export const storagePoolBuildArgs = struct({ pool: storagePool, flags: uint });
export const storagePoolDestroyArgs = struct({ pool: storagePool });
export const storagePoolDeleteArgs = struct({ pool: storagePool, flags: uint });
export const storagePoolUndefineArgs = struct({ pool: storagePool });
export const storagePoolRefreshArgs = struct({ pool: storagePool, flags: uint });
export const storagePoolLookupByNameArgs = struct({ name: text });
export const storagePoolLookupByNameRet = struct({ pool: storagePool });
export const storagePoolLookupByUuidArgs = struct({ uuid: uuid });
export const storagePoolLookupByUuidRet = struct({ pool: storagePool });
export const storagePoolLookupByVolumeArgs = struct({ vol: storageVol });
export const storagePoolLookupByVolumeRet = struct({ pool: storagePool });
export const storagePoolGetInfoArgs = struct({ pool: storagePool });
export const storagePoolGetInfoRet = struct({ state: uchar, capacity: uhyper, allocation: uhyper, available: uhyper });
export const storagePoolGetXmlDescArgs = struct({ pool: storagePool, flags: uint });
export const storagePoolGetXmlDescRet = struct({ xml: text });
export const storagePoolGetAutostartArgs = struct({ pool: storagePool });
export const storagePoolGetAutostartRet = struct({ autostart: int });
export const storagePoolSetAutostartArgs = struct({ pool: storagePool, autostart: int });
export const storagePoolNumOfVolumesArgs = struct({ pool: storagePool });
export const storagePoolNumOfVolumesRet = struct({ num: int });
export const storagePoolListVolumesArgs = struct({ pool: storagePool, maxnames: int });
export const storagePoolListVolumesRet = struct({ names: array(text, STORAGE_VOL_LIST_MAX) });
export const storagePoolIsActiveArgs = struct({ pool: storagePool });
export const storagePoolIsActiveRet = struct({ active: int });
export const storagePoolIsPersistentArgs = struct({ pool: storagePool });
export const storagePoolIsPersistentRet = struct({ persistent: int });
export const connectListAllStoragePoolsArgs = struct({ needResults: int, flags: uint });
export const connectListAllStoragePoolsRet = struct({ pools: array(storagePool, STORAGE_POOL_LIST_MAX), ret: uint });
export const storagePoolListAllVolumesArgs = struct({ pool: storagePool, needResults: int, flags: uint });
export const storagePoolListAllVolumesRet = struct({ vols: array(storageVol, STORAGE_VOL_LIST_MAX), ret: uint });
export const connectStoragePoolEventRegisterAnyArgs = struct({ eventID: int, pool: optional(storagePool) });
export const connectStoragePoolEventRegisterAnyRet = struct({ callbackID: int });
export const connectStoragePoolEventDeregisterAnyArgs = struct({ callbackID: int });
export const storagePoolEventLifecycleMsg = struct({ callbackID: int, pool: storagePool, event: int, detail: int });
export const storagePoolEventRefreshMsg = struct({ callbackID: int, pool: storagePool });
export const storagePoolLookupByTargetPathArgs = struct({ path: text });
export const storagePoolLookupByTargetPathRet = struct({ pool: storagePool });
export const connectGetStoragePoolCapabilitiesArgs = struct({ flags: uint });
export const connectGetStoragePoolCapabilitiesRet = struct({ capabilities: text });

/** Storage pools and their events. */
export const storagePoolProcedures = {
  connectNumOfStoragePools: {
    number: 71,
    ret: connectNumOfStoragePoolsRet,
    priority: 'high',
    acl: ['connect:search_storage_pools'],
    aclFilter: 'storage_pool:getattr',
    readOnly: true,
  },
  connectListStoragePools: {
    number: 72,
    args: connectListStoragePoolsArgs,
    ret: connectListStoragePoolsRet,
    priority: 'high',
    acl: ['connect:search_storage_pools'],
    aclFilter: 'storage_pool:getattr',
    readOnly: true,
  },
  connectNumOfDefinedStoragePools: {
    number: 73,
    ret: connectNumOfDefinedStoragePoolsRet,
    priority: 'high',
    acl: ['connect:search_storage_pools'],
    aclFilter: 'storage_pool:getattr',
    readOnly: true,
  },
  connectListDefinedStoragePools: {
    number: 74,
    args: connectListDefinedStoragePoolsArgs,
    ret: connectListDefinedStoragePoolsRet,
    priority: 'high',
    acl: ['connect:search_storage_pools'],
    aclFilter: 'storage_pool:getattr',
    readOnly: true,
  },
  connectFindStoragePoolSources: {
    number: 75,
    args: connectFindStoragePoolSourcesArgs,
    ret: connectFindStoragePoolSourcesRet,
    acl: ['connect:detect_storage_pools'],
  },
  storagePoolCreateXml: {
    number: 76,
    args: storagePoolCreateXmlArgs,
    ret: storagePoolCreateXmlRet,
    acl: ['storage_pool:start', 'storage_pool:write'],
  },
  storagePoolDefineXml: {
    number: 77,
    args: storagePoolDefineXmlArgs,
    ret: storagePoolDefineXmlRet,
    priority: 'high',
    acl: ['storage_pool:write', 'storage_pool:save'],
  },
  storagePoolCreate: { number: 78, args: storagePoolCreateArgs, acl: ['storage_pool:start'] },
  storagePoolBuild: { number: 79, args: storagePoolBuildArgs, acl: ['storage_pool:format'] },
  storagePoolDestroy: { number: 80, args: storagePoolDestroyArgs, priority: 'high', acl: ['storage_pool:stop'] },
  storagePoolDelete: { number: 81, args: storagePoolDeleteArgs, acl: ['storage_pool:format'] },
  storagePoolUndefine: { number: 82, args: storagePoolUndefineArgs, priority: 'high', acl: ['storage_pool:delete'] },
  storagePoolRefresh: { number: 83, args: storagePoolRefreshArgs, acl: ['storage_pool:refresh'] },
  storagePoolLookupByName: {
    number: 84,
    args: storagePoolLookupByNameArgs,
    ret: storagePoolLookupByNameRet,
    priority: 'high',
    acl: ['storage_pool:getattr'],
    readOnly: true,
  },
  storagePoolLookupByUuid: {
    number: 85,
    args: storagePoolLookupByUuidArgs,
    ret: storagePoolLookupByUuidRet,
    priority: 'high',
    acl: ['storage_pool:getattr'],
    readOnly: true,
  },
  storagePoolLookupByVolume: {
    number: 86,
    args: storagePoolLookupByVolumeArgs,
    ret: storagePoolLookupByVolumeRet,
    priority: 'high',
    acl: ['storage_pool:getattr'],
    readOnly: true,
  },
  storagePoolGetInfo: {
    number: 87,
    args: storagePoolGetInfoArgs,
    ret: storagePoolGetInfoRet,
    priority: 'high',
    acl: ['storage_pool:read'],
    readOnly: true,
  },
  storagePoolGetXmlDesc: {
    number: 88,
    args: storagePoolGetXmlDescArgs,
    ret: storagePoolGetXmlDescRet,
    priority: 'high',
    acl: ['storage_pool:read'],
    readOnly: true,
  },
  storagePoolGetAutostart: {
    number: 89,
    args: storagePoolGetAutostartArgs,
    ret: storagePoolGetAutostartRet,
    priority: 'high',
    acl: ['storage_pool:read'],
    readOnly: true,
  },
  storagePoolSetAutostart: {
    number: 90,
    args: storagePoolSetAutostartArgs,
    priority: 'high',
    acl: ['storage_pool:write'],
  },
  storagePoolNumOfVolumes: {
    number: 91,
    args: storagePoolNumOfVolumesArgs,
    ret: storagePoolNumOfVolumesRet,
    priority: 'high',
    acl: ['storage_pool:search_storage_vols'],
    aclFilter: 'storage_vol:getattr',
    readOnly: true,
  },
  storagePoolListVolumes: {
    number: 92,
    args: storagePoolListVolumesArgs,
    ret: storagePoolListVolumesRet,
    priority: 'high',
    acl: ['storage_pool:search_storage_vols'],
    aclFilter: 'storage_vol:getattr',
    readOnly: true,
  },
  storagePoolIsActive: {
    number: 154,
    args: storagePoolIsActiveArgs,
    ret: storagePoolIsActiveRet,
    priority: 'high',
    acl: ['storage_pool:read'],
    readOnly: true,
  },
  storagePoolIsPersistent: {
    number: 155,
    args: storagePoolIsPersistentArgs,
    ret: storagePoolIsPersistentRet,
    priority: 'high',
    acl: ['storage_pool:read'],
    readOnly: true,
  },
  connectListAllStoragePools: {
    number: 281,
    args: connectListAllStoragePoolsArgs,
    ret: connectListAllStoragePoolsRet,
    priority: 'high',
    acl: ['connect:search_storage_pools'],
    aclFilter: 'storage_pool:getattr',
    readOnly: true,
  },
  storagePoolListAllVolumes: {
    number: 282,
    args: storagePoolListAllVolumesArgs,
    ret: storagePoolListAllVolumesRet,
    priority: 'high',
    acl: ['storage_pool:search_storage_vols'],
    aclFilter: 'storage_vol:getattr',
    readOnly: true,
  },
  connectStoragePoolEventRegisterAny: {
    number: 368,
    args: connectStoragePoolEventRegisterAnyArgs,
    ret: connectStoragePoolEventRegisterAnyRet,
    priority: 'high',
    acl: ['connect:search_storage_pools'],
    aclFilter: 'storage_pool:getattr',
    readOnly: true,
  },
  connectStoragePoolEventDeregisterAny: {
    number: 369,
    args: connectStoragePoolEventDeregisterAnyArgs,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  storagePoolEventLifecycle: { number: 370, message: storagePoolEventLifecycleMsg },
  storagePoolEventRefresh: { number: 373, message: storagePoolEventRefreshMsg },
  storagePoolLookupByTargetPath: {
    number: 391,
    args: storagePoolLookupByTargetPathArgs,
    ret: storagePoolLookupByTargetPathRet,
    priority: 'high',
    acl: ['storage_pool:getattr'],
    readOnly: true,
  },
  connectGetStoragePoolCapabilities: {
    number: 403,
    args: connectGetStoragePoolCapabilitiesArgs,
    ret: connectGetStoragePoolCapabilitiesRet,
    acl: ['connect:read'],
    readOnly: true,
  },
} satisfies ProcedureTable;
