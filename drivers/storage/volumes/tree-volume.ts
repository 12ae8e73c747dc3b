import { lstat } from 'node:fs/promises';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { copyTree } from '../trees/copy-tree.ts';
import { makeTree, setTreePermissions } from '../trees/make-tree.ts';
import { step } from '../system-failure.ts';
import type { ImageMaker } from './image-maker.ts';

/** Directories: root trees of containers. */
export const treeVolume: ImageMaker = {
  check({ backingStore, target: { encryption } }) {
    if (backingStore !== null || encryption !== null)
      throw errors.configUnsupported('directories have no backing store and no encryption', ErrorDomain.STORAGE);
  },
  async make({ volume }) {
    await makeTree(volume.path);
    await setTreePermissions(volume.path, volume.definition.target.permissions);
  },
  async copy({ volume, signal }, source) {
    const { path } = source.volume;
    if (!(await step(`cannot stat '${path}'`, () => lstat(path))).isDirectory())
      throw errors.configUnsupported(`the volume '${source.volume.name}' is no directory`, ErrorDomain.STORAGE);
    await copyTree(path, volume.path, signal);
  },
  resize() {
    throw errors.operationUnsupported('directories have no capacity of their own', ErrorDomain.STORAGE);
  },
  async upload(_pool, volume, range) {
    // Loaded with the first archive: it is as large as the rest of the driver.
    const { unpackingSink } = await import('../trees/unpacking-sink.ts');
    return await unpackingSink(volume.path, range);
  },
  download(_pool, { path }) {
    throw errors.operationUnsupported(`'${path}' is a directory: there is nothing to download`, ErrorDomain.STORAGE);
  },
};
