import { ErrorDomain, StorageVolInfoFlags, StorageVolType } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { StorageVolumes, VolumeRef } from '../../contract/storage-volumes.ts';
import { sanitizedPath } from '../../xml/storage/sanitized-path.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { fileFormats } from '../../xml/storage/volume-formats.ts';
import { formatVolume } from '../../xml/storage/volume.ts';
import type { StoragePool } from '../pool.ts';
import type { StorageVolume } from '../volume.ts';
import { findVolume, noVolume, referenceTo, volumeOf } from './find-volume.ts';
import { refreshVolume, volumesOf, type VolumesContext } from './volumes-context.ts';

type Queries = Pick<
  StorageVolumes,
  | `storagePool${'NumOfVolumes' | 'ListVolumes' | 'ListAllVolumes' | 'LookupByVolume'}`
  | `storageVolLookupBy${'Name' | 'Key' | 'Path'}`
  | `storageVolGet${'Info' | 'XmlDesc' | 'Path'}`
>;

const types: Readonly<Record<VolumeDefinition['type'], StorageVolType>> = {
  file: StorageVolType.FILE,
  block: StorageVolType.BLOCK,
  dir: StorageVolType.DIR,
  network: StorageVolType.NETWORK,
  netdir: StorageVolType.NETDIR,
  ploop: StorageVolType.PLOOP,
};

/** What is known of volumes. Figures are read anew, but for a volume that is being made. */
export function volumeQueries(context: VolumesContext): Queries {
  const { pools } = context;

  /** In any active pool. */
  function anywhere(find: (pool: StoragePool) => StorageVolume | undefined): VolumeRef | null {
    for (const pool of pools.active()) {
      const volume = find(pool);
      if (volume !== undefined) return referenceTo(pool, volume);
    }
    return null;
  }

  return {
    storagePoolNumOfVolumes: ref => pools.findActive(ref).volumes.size,
    storagePoolListVolumes: ref => [...pools.findActive(ref).volumes.all()].map(({ name }) => name),

    storagePoolListAllVolumes(ref, flags) {
      checkFlags(flags, 0, 'storagePoolListAllVolumes', ErrorDomain.STORAGE);
      const pool = pools.findActive(ref);
      return [...pool.volumes.all()].map(volume => referenceTo(pool, volume));
    },

    storagePoolLookupByVolume: ({ pool }) => pools.findByName(pool).ref,

    storageVolLookupByName(ref, name) {
      const pool = pools.findActive(ref);
      return referenceTo(pool, volumeOf(pool, name));
    },

    storageVolLookupByKey(key) {
      const found = anywhere(({ volumes }) => volumes.byKey(key));
      if (found === null) throw noVolume(`no storage vol with matching key ${key}`);
      return found;
    },

    storageVolLookupByPath(path) {
      const clean = sanitizedPath(path);
      const found = anywhere(({ volumes }) => volumes.byPath(clean));
      if (found !== null) return found;
      const also = clean === path ? '' : ` (${clean})`;
      throw noVolume(`no storage vol with matching path '${path}'${also}`);
    },

    async storageVolGetInfo(ref, flags) {
      checkFlags(flags, StorageVolInfoFlags.GET_PHYSICAL, 'storageVolGetInfoFlags', ErrorDomain.STORAGE);
      const { pool, volume } = findVolume(pools, ref);
      await refreshVolume(context, pool, volume);
      const { type, capacity, allocation, physical } = volume.definition;
      const taken = flags === StorageVolInfoFlags.GET_PHYSICAL ? physical : allocation;
      return { type: types[type], capacity: capacity ?? 0n, allocation: taken ?? 0n };
    },

    async storageVolGetXmlDesc(ref, flags) {
      checkFlags(flags, 0, 'storageVolGetXMLDesc', ErrorDomain.STORAGE);
      const { pool, volume } = findVolume(pools, ref);
      await refreshVolume(context, pool, volume);
      return formatVolume(volume.definition, volumesOf(context, pool, 'volumes').formats ?? fileFormats);
    },

    storageVolGetPath: ref => findVolume(pools, ref).volume.path,
  };
}
