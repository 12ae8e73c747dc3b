import { access } from 'node:fs/promises';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { invalid } from '../errors.ts';
import type { BuildWishes, PoolBackend } from '../backend.ts';
import type { VolumeBackend } from '../volume-backend.ts';
import { deviceContent, requireEmpty } from './device-content.ts';
import { makeFileSystem, requireMaker } from './make-file-system.ts';
import { mount, unmount } from './mount.ts';
import { isMounted } from './mount-table.ts';
import { readDirectoryPool } from './read-directory-pool.ts';
import { sourceDevice } from './source-devices.ts';
import { makeTarget, removeTarget } from './target-directory.ts';
import { targetPath } from './target-path.ts';

/** Pools that are a file system on a block device, mounted while they are active. */
export const fileSystemBackend = (volumes: VolumeBackend): PoolBackend => ({
  type: 'fs',
  callers: { build: 'virStorageBackendFileSystemBuild', delete: 'virStorageBackendDeleteLocal' },
  volumes,
  check: async definition => isMounted(sourceDevice(definition), targetPath(definition)),
  async build(definition, wishes) {
    await makeTarget(definition);
    if (wishes.overwrite || wishes.noOverwrite) await format(definition, wishes);
  },
  async start(definition) {
    const { format: type } = definition.source;
    await mount(definition, { source: sourceDevice(definition), type: type === 'auto' ? null : type, options: [] });
  },
  refresh: readDirectoryPool,
  stop: definition => unmount(definition, sourceDevice(definition)),
  delete: removeTarget,
});

async function format(definition: PoolDefinition, { noOverwrite }: BuildWishes): Promise<void> {
  const device = sourceDevice(definition);
  const wanted = definition.source.format ?? 'auto';
  await access(device).catch(() => {
    throw invalid(`Source device does not exist when formatting pool '${definition.name}'`);
  });
  if (noOverwrite) requireEmpty(device, await deviceContent(device), wanted);
  await requireMaker(wanted);
  await makeFileSystem(wanted, device);
}
