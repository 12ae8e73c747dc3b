import type { StorageVolumes } from '../../contract/storage-volumes.ts';
import { createVolume, createVolumeFrom } from './create-volume.ts';
import { removeVolume } from './remove-volume.ts';
import { resizeVolume } from './resize-volume.ts';
import { downloadVolume, uploadVolume } from './transfer-volume.ts';
import { volumeQueries } from './volume-queries.ts';
import type { VolumesContext } from './volumes-context.ts';
import { wipeVolume } from './wipe-volume.ts';

/** The calls on volumes of a driver's pools. */
export const storageVolumes = (context: VolumesContext): StorageVolumes => ({
  ...volumeQueries(context),
  storageVolCreateXml: (pool, xml, flags) => createVolume(context, pool, xml, flags),
  storageVolCreateXmlFrom: (pool, xml, source, flags) => createVolumeFrom(context, pool, xml, source, flags),
  storageVolDelete: (volume, flags) => removeVolume(context, volume, flags),
  storageVolResize: (volume, capacity, flags) => resizeVolume(context, volume, capacity, flags),
  storageVolWipePattern: (volume, algorithm, flags) => wipeVolume(context, volume, algorithm, flags),
  storageVolUpload: (volume, range, flags) => uploadVolume(context, volume, range, flags),
  storageVolDownload: (volume, range, flags) => downloadVolume(context, volume, range, flags),
});
