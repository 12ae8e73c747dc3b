import type { VolumeFormats } from '../../xml/storage/volume-formats.ts';
import { unsupportedCall } from '../errors.ts';
import type { VolumeBackend } from '../volume-backend.ts';

/** Volumes that can be used, read and written, but are neither made nor removed here. */
export const fixedVolumes = (formats: VolumeFormats): VolumeBackend => ({
  formats,
  async place() {
    throw unsupportedCall('storage pool does not support volume creation');
  },
  async build() {},
  async remove() {
    throw unsupportedCall('storage pool does not support vol deletion');
  },
});
