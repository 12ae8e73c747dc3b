import { ErrorDomain } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { StoragePools } from '../../contract/storage-pools.ts';
import { formatPoolCapabilities, formatStorageCapabilities } from '../../xml/storage/pool-capabilities.ts';
import { poolTypes } from '../../xml/storage/pool-definition.ts';
import { formatSources } from '../../xml/storage/pool-sources.ts';
import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import { internal, unsupportedCall } from '../errors.ts';

type Discovery = Pick<
  StoragePools,
  'connectFindStoragePoolSources' | 'connectGetCapabilities' | 'connectGetStoragePoolCapabilities'
>;

/** What could become a pool here. */
export function discovery({ backends }: StorageContext): Discovery {
  return {
    async connectFindStoragePoolSources(type, srcSpec, flags) {
      const known = poolTypes.find(name => name === type);
      if (known === undefined) throw internal(`unknown storage pool type ${type}`);
      const backend = backendOf(backends, known);
      if (backend.findSources === undefined)
        throw unsupportedCall(`pool type '${type}' does not support source discovery`);
      checkFlags(flags, 0, backend.callers?.findSources ?? 'connectFindStoragePoolSources', ErrorDomain.STORAGE);
      return formatSources(known, await backend.findSources(srcSpec));
    },

    connectGetCapabilities: async () => formatStorageCapabilities(type => backends[type] !== undefined),
    async connectGetStoragePoolCapabilities(flags) {
      checkFlags(flags, 0, 'storageConnectGetStoragePoolCapabilities', ErrorDomain.STORAGE);
      return formatPoolCapabilities(type => backends[type] !== undefined);
    },
  };
}
