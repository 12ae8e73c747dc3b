import { ErrorDomain, StoragePoolState, StorageXMLFlags } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { StoragePools } from '../../contract/storage-pools.ts';
import { flagsOf, listFilter } from '../../objects/list-filter.ts';
import { formatPool } from '../../xml/storage/pool.ts';
import { sanitizedPath } from '../../xml/storage/sanitized-path.ts';
import type { StorageContext } from '../context.ts';
import { noPool } from '../errors.ts';
import type { StoragePool } from '../pool.ts';
import { listGroups } from './list-groups.ts';

type Queries = Omit<
  StoragePools,
  | `storagePool${'DefineXml' | 'CreateXml' | 'Undefine' | 'SetAutostart'}`
  | `storagePool${'Build' | 'Create' | 'Refresh' | 'Destroy' | 'Delete'}`
  | 'connectFindStoragePoolSources'
  | 'connectGetCapabilities'
  | 'connectGetStoragePoolCapabilities'
>;

const nameOf = ({ name }: StoragePool): string => name;

/** What is known of pools; none of these waits. */
export function queries({ events, pools }: StorageContext): Queries {
  return {
    storagePoolEvents: events,
    connectNumOfStoragePools: () => pools.active().length,
    connectListStoragePools: () => pools.active().map(nameOf),
    connectNumOfDefinedStoragePools: () => pools.inactive().length,
    connectListDefinedStoragePools: () => pools.inactive().map(nameOf),

    connectListAllStoragePools(flags) {
      checkFlags(flags, flagsOf(listGroups), 'storageConnectListAllStoragePools', ErrorDomain.STORAGE);
      return [...pools.all()].filter(listFilter(listGroups, flags)).map(({ ref }) => ref);
    },

    storagePoolLookupByName: name => pools.findByName(name).ref,

    storagePoolLookupByUuid(uuid) {
      const pool = pools.byUuid(uuid);
      if (pool === undefined) throw noPool(`no storage pool with matching uuid '${uuid}'`);
      return pool.ref;
    },

    storagePoolLookupByTargetPath(path) {
      const wanted = sanitizedPath(path);
      const pool = pools.active().find(({ definition }) => definition.target?.path === wanted);
      if (pool === undefined) throw noPool(`no storage pool with matching target path '${path}'`);
      return pool.ref;
    },

    storagePoolGetInfo(ref) {
      const { active, figures } = pools.find(ref);
      return { state: active ? StoragePoolState.RUNNING : StoragePoolState.INACTIVE, ...figures };
    },

    storagePoolGetXmlDesc(ref, flags) {
      checkFlags(flags, StorageXMLFlags.STORAGE_XML_INACTIVE, 'storagePoolGetXMLDesc', ErrorDomain.STORAGE);
      const { figures, nextDefinition, shown } = pools.find(ref);
      const inactive = (flags & StorageXMLFlags.STORAGE_XML_INACTIVE) !== 0;
      return inactive && nextDefinition !== null ? formatPool(nextDefinition) : formatPool(shown, figures);
    },

    storagePoolIsActive: ref => pools.find(ref).active,
    storagePoolIsPersistent: ref => pools.find(ref).persistent,
    storagePoolGetAutostart: ref => pools.find(ref).autostart,
  };
}
