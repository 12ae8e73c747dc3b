import { lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { StoragePool } from '../pool.ts';
import { step } from '../system-failure.ts';
import type { WholeVolumeBackend } from '../volume-backend.ts';
import { StorageVolume } from '../volume.ts';
import type { ImageMakers } from './image-maker.ts';
import { describeVolume } from './describe-volume.ts';
import { openVolume } from './open-volume.ts';
import { removeTree } from '../trees/remove-tree.ts';

/** Volumes of pools that are a directory: images, and trees. `makers` make them, by format. */
export function fileVolumes(makers: ImageMakers): WholeVolumeBackend {
  return {
    async place(pool, wanted) {
      const path = await freePath(pool, wanted.name);
      makers(wanted).check(wanted);
      const type = typeOf(wanted);
      const target = { ...wanted.target, path };
      return new StorageVolume(wanted.name, path, path, { ...wanted, type, key: path, target });
    },
    build: (pool, volume, flags, signal) =>
      cleaningUp(volume, () => makers(volume.definition).make({ pool, volume, flags, signal })),
    buildFrom: (pool, volume, source, flags, signal) =>
      cleaningUp(volume, () =>
        makers(volume.definition, source.volume.definition).copy({ pool, volume, flags, signal }, source),
      ),
    remove: (_pool, volume) => remove(volume),
    describe: (pool, { name }) => describeVolume(directoryOf(pool), name),
    resize: (_pool, volume, capacity, allocate) => makers(volume.definition).resize(volume, capacity, allocate),
    open: (pool, { name }, flags) => openVolume(directoryOf(pool), name, flags),
    upload: async (pool, volume, range) => (await makers(volume.definition).upload?.(pool, volume, range)) ?? null,
    download: async (pool, volume, range) => (await makers(volume.definition).download?.(pool, volume, range)) ?? null,
  };
}

function directoryOf(pool: StoragePool): string {
  const path = pool.definition.target?.path;
  if (path === undefined) throw errors.internalError(`pool '${pool.name}' has no directory`, ErrorDomain.STORAGE);
  return path;
}

/** What the volume will be, whatever type the document says. */
function typeOf({ target: { format } }: VolumeDefinition): VolumeDefinition['type'] {
  if (format === 'dir') return 'dir';
  return format === 'ploop' ? 'ploop' : 'file';
}

async function freePath(pool: StoragePool, name: string): Promise<string> {
  if (name.includes('/'))
    throw errors.operationInvalid(`volume name '${name}' cannot contain '/'`, ErrorDomain.STORAGE);
  const path = join(directoryOf(pool), name);
  const exists = name === '.' || name === '..' || (await lstat(path).catch(() => null)) !== null;
  if (exists)
    throw errors.operationInvalid(
      `volume target path '${directoryOf(pool)}/${name}' already exists`,
      ErrorDomain.STORAGE,
    );
  return path;
}

/** What is half made is of no use to anybody. What was there before us is not ours to remove. */
async function cleaningUp(volume: StorageVolume, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof Error && 'cause' in error && isExisting(error.cause)))
      await remove(volume).catch(() => null);
    throw error;
  }
}

const isExisting = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST';

async function remove({ path }: StorageVolume): Promise<void> {
  const status = await lstat(path).catch(() => null);
  if (status === null) return;
  if (status.isDirectory()) await step(`cannot remove directory '${path}'`, () => removeTree(path));
  else await step(`cannot unlink file '${path}'`, () => unlink(path));
}
