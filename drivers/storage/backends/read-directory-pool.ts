import { constants } from 'node:fs';
import { open, opendir, statfs } from 'node:fs/promises';
import { getAttribute } from '../../../native/ffi/xattr.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { failed } from '../errors.ts';
import type { PoolContent, StoragePool } from '../pool.ts';
import { step } from '../system-failure.ts';
import { StorageVolume } from '../volume.ts';
import { describeVolume } from '../volumes/describe-volume.ts';
import { targetPath } from './target-path.ts';
import { isUnchanged } from './unchanged-file.ts';

/** How many files are looked at side by side: enough to keep the threads busy that do it. */
const BATCH = 64;

/** Far beyond what clients can list (16,384); each costs memory. */
const MOST_VOLUMES = 100_000;

/** What is in the directory that is a pool's target. */
export async function readDirectoryPool(pool: StoragePool): Promise<PoolContent> {
  const { definition } = pool;
  const directory = targetPath(definition);
  const names = await step(`cannot open directory '${directory}'`, () => namesIn(directory));
  const volumes: StorageVolume[] = [];
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = await Promise.all(names.slice(at, at + BATCH).map(name => volumeQuietly(pool, directory, name)));
    for (const volume of batch) if (volume !== null) volumes.push(volume);
  }
  return {
    volumes,
    figures: await step(`cannot statvfs path '${directory}'`, () => figuresOf(directory)),
    found: await step(`cannot stat '${directory}'`, () => withRights(definition, directory)),
  };
}

// oxlint-disable-next-line no-control-regex -- no document can hold them
const unnameable = /[\x00-\x1f\x7f\ufffd]/;

async function namesIn(directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(directory, { bufferSize: 1024 })) {
    if (names.length === MOST_VOLUMES) throw failed(`directory '${directory}' has more than ${MOST_VOLUMES} entries`);
    if (!unnameable.test(name)) names.push(name);
  }
  return names;
}

/** A file that vanishes, cannot be read or is no image does not concern the others. */
async function volumeQuietly(pool: StoragePool, directory: string, name: string): Promise<StorageVolume | null> {
  try {
    const path = `${directory === '/' ? '' : directory}/${name}`;
    const known = pool.volumes.byName(name);
    if (known !== undefined && (await isUnchanged(known, path))) return known;
    const read = Date.now();
    const described = await describeVolume(directory, name);
    return described === null ? null : new StorageVolume(name, path, path, figured(described, pool.definition), read);
  } catch {
    return null;
  }
}

const figured = (volume: VolumeDefinition, { refreshAllocation }: PoolDefinition): VolumeDefinition =>
  refreshAllocation === 'capacity' ? { ...volume, allocation: volume.capacity } : volume;

async function figuresOf(directory: string): Promise<PoolContent['figures']> {
  const { bsize, blocks, bfree } = await statfs(directory, { bigint: true });
  const capacity = bsize * blocks;
  const available = bsize * bfree;
  return { capacity, available, allocation: capacity - available };
}

async function withRights(definition: PoolDefinition, path: string): Promise<PoolDefinition> {
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  const { mode, uid: owner, gid: group } = await directory.stat();
  const label = (await getAttribute(directory.fd, 'security.selinux'))?.toString().replace(/\0$/, '') ?? null;
  return { ...definition, target: { path, permissions: { mode: mode & 0o7777, owner, group, label } } };
}
