import { invalid } from '../errors.ts';
import type { PoolBackend } from '../backend.ts';
import type { VolumeBackend } from '../volume-backend.ts';
import { readDirectoryPool } from './read-directory-pool.ts';
import { makeTarget, removeTarget, targetExists } from './target-directory.ts';

/** Pools that are a directory of the host. */
export const directoryBackend = (volumes: VolumeBackend): PoolBackend => ({
  type: 'dir',
  callers: { build: 'virStorageBackendFileSystemBuild', delete: 'virStorageBackendDeleteLocal' },
  volumes,
  check: targetExists,
  async build(definition, { overwrite, noOverwrite }) {
    if (overwrite || noOverwrite) throw noDevice(definition.name);
    await makeTarget(definition);
  },
  refresh: readDirectoryPool,
  delete: removeTarget,
});

export const noDevice = (pool: string) => invalid(`No source device specified when formatting pool '${pool}'`);
