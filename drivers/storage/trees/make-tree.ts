import { close, constants, fchmod, fchown, open } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { createSubvolume, isBtrfs, SUBVOLUME_INODE } from '../../../native/ffi/btrfs.ts';
import type { VolumePermissions } from '../../xml/storage/volume-definition.ts';
import { step } from '../system-failure.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const changeMode = promisify(fchmod);
const changeOwner = promisify(fchown);

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The root of a system is for everybody to enter. */
const DEFAULT_MODE = 0o755;

/** An empty directory; a subvolume where the file system has them, so that copying it takes no time. */
export async function makeTree(path: string): Promise<void> {
  await step(`cannot create path '${path}'`, async () => {
    if (await isBtrfs(dirname(path))) await withDirectory(dirname(path), fd => createSubvolume(fd, basename(path)));
    else await mkdir(path, 0o700);
  });
}

/** Who is root in the tree, and what others may do at its top. No link in the tree's place is followed. */
export async function setTreePermissions(path: string, permissions: VolumePermissions | null): Promise<void> {
  const { mode, owner, group } = permissions ?? { mode: null, owner: null, group: null };
  await step(`cannot set the rights of '${path}'`, () =>
    withDirectory(path, async fd => {
      if (owner !== null || group !== null) await changeOwner(fd, owner ?? KEEP, group ?? KEEP);
      await changeMode(fd, mode ?? DEFAULT_MODE);
    }),
  );
}

/** The id that changes nothing. */
const KEEP = -1;

export async function isSubvolume(path: string): Promise<boolean> {
  const { ino } = await lstat(path, { bigint: true });
  return ino === SUBVOLUME_INODE && (await isBtrfs(path));
}

export async function withDirectory<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = await openFile(path, DIRECTORY);
  try {
    return await use(fd);
  } finally {
    await closeFile(fd);
  }
}
