import { ErrorDomain, StorageVolResizeFlags, StorageVolWipeAlgorithm } from '../../drivers/contract/constants.ts';
import type { OnDemand } from '../../drivers/contract/on-demand.ts';
import type { StorageVolumes } from '../../drivers/contract/storage-volumes.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { storageVolumeProcedures } from '../../protocol/programs/remote/storage-volume.ts';
import type { Call } from '../call.ts';
import { badArgument } from './argument.ts';

const { DELTA, SHRINK } = StorageVolResizeFlags;

/** Storage volumes, and the streams of their contents. */
export function storageVolumeHandlers(driver: OnDemand<StorageVolumes>) {
  return {
    storageVolLookupByName: async (_call, { pool, name }) => ({ vol: await driver.storageVolLookupByName(pool, name) }),
    storageVolLookupByKey: async (_call, { key }) => ({ vol: await driver.storageVolLookupByKey(key) }),
    storageVolLookupByPath: async (_call, { path }) => ({ vol: await driver.storageVolLookupByPath(path) }),

    storageVolGetInfo: (_call, { vol }) => driver.storageVolGetInfo(vol, 0),
    storageVolGetInfoFlags: (_call, { vol, flags }) => driver.storageVolGetInfo(vol, flags),
    storageVolGetXmlDesc: async (_call, { vol, flags }) => ({ xml: await driver.storageVolGetXmlDesc(vol, flags) }),
    storageVolGetPath: async (_call, { vol }) => ({ name: await driver.storageVolGetPath(vol) }),

    storageVolCreateXml: async (_call, { pool, xml, flags }) => ({
      vol: await driver.storageVolCreateXml(pool, xml, flags),
    }),
    storageVolCreateXmlFrom: async (_call, { pool, xml, clonevol, flags }) => ({
      vol: await driver.storageVolCreateXmlFrom(pool, xml, clonevol, flags),
    }),
    storageVolDelete: (_call, { vol, flags }) => driver.storageVolDelete(vol, flags),
    storageVolWipe: (_call, { vol, flags }) => driver.storageVolWipePattern(vol, StorageVolWipeAlgorithm.ZERO, flags),
    storageVolWipePattern: (_call, { vol, algorithm, flags }) => driver.storageVolWipePattern(vol, algorithm, flags),
    storageVolResize(_call, { vol, capacity, flags }) {
      if (capacity === 0n && (flags & (DELTA | SHRINK)) === 0)
        throw badArgument(
          'virStorageVolResize',
          'capacity',
          "cannot be zero without 'delta' or 'shrink' flags set",
          ErrorDomain.STORAGE,
        );
      return driver.storageVolResize(vol, capacity, flags);
    },

    async storageVolUpload(call, { vol, offset, length, flags }) {
      call.openUpload(await driver.storageVolUpload(vol, { offset, length }, flags));
    },
    async storageVolDownload(call, { vol, offset, length, flags }) {
      call.openDownload(await driver.storageVolDownload(vol, { offset, length }, flags));
    },
  } satisfies Handlers<typeof storageVolumeProcedures, Call>;
}
