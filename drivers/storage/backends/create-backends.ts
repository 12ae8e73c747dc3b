import type { VolumeBackend } from '../volume-backend.ts';
import type { BackendTable } from './backend-table.ts';
import { directoryBackend } from './directory.ts';
import { fileSystemBackend } from './file-system.ts';
import { networkFileSystemBackend } from './network-file-system.ts';

/** How the volumes of each family of pools are made. */
export interface VolumeBackends {
  readonly files: VolumeBackend;
}

/** All types of pools that this driver runs. */
export const createBackends = ({ files }: VolumeBackends): BackendTable => ({
  dir: directoryBackend(files),
  fs: fileSystemBackend(files),
  netfs: networkFileSystemBackend(files),
});
