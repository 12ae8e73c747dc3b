import { constants } from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import { getAttribute } from '../../../native/ffi/xattr.ts';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import type { PoolContent, StoragePool } from '../pool.ts';
import { step } from '../system-failure.ts';
import { targetPath } from './target-path.ts';
import { volumesIn } from './volumes-in-directory.ts';

/** What is in the directory that is a pool's target. */
export async function readDirectoryPool(pool: StoragePool): Promise<PoolContent> {
  const { definition } = pool;
  const directory = targetPath(definition);
  return {
    volumes: await volumesIn(pool, directory),
    figures: await step(`cannot statvfs path '${directory}'`, () => figuresOf(directory)),
    found: await step(`cannot stat '${directory}'`, () => withRights(definition, directory)),
  };
}

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
