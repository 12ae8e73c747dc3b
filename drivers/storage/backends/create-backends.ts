import type { VolumeBackend, WholeVolumeBackend } from '../volume-backend.ts';
import type { BackendTable } from './backend-table.ts';
import { directoryBackend } from './directory.ts';
import { diskBackend } from './disk/disk.ts';
import { fileSystemBackend } from './file-system.ts';
import { logicalBackend } from './logical/logical.ts';
import { networkFileSystemBackend } from './network-file-system.ts';
import { zfsBackend } from './zfs/zfs.ts';

/** How the volumes of each family of pools are made. */
export interface VolumeBackends {
  readonly files: WholeVolumeBackend;
  readonly logical: VolumeBackend;
  readonly disk: VolumeBackend;
  readonly zfs: VolumeBackend;
}

/** All types of pools that this driver runs. */
export const createBackends = ({ files, logical, disk, zfs }: VolumeBackends): BackendTable => ({
  dir: directoryBackend(files),
  fs: fileSystemBackend(files),
  netfs: networkFileSystemBackend(files),
  logical: logicalBackend(logical),
  disk: diskBackend(disk),
  zfs: zfsBackend(zfs),
});
