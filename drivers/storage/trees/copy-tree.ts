import { fstat } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hasSubvolumes, isBtrfs, snapshotSubvolume, SUBVOLUME_INODE } from '../../../native/ffi/btrfs.ts';
import { runToEnd } from '../../../native/tools/run-to-end.ts';
import { failed } from '../errors.ts';
import { errorCode, step } from '../system-failure.ts';
import { makeTree, withDirectory } from './make-tree.ts';

const statOpen = promisify(fstat);

/** See native/controller/copier/main.c. */
const copier = join(import.meta.dirname, '../../../build/lxvirt-copier');

/**
 * Copies a tree, in which a guest may be at work, with all that its files have. A subvolume is snapshot; elsewhere files
 * share their blocks where the file system can, and what is mounted inside is left out. Throws the system's error, and
 * operationFailed with what could not be copied.
 */
export async function copyTree(from: string, path: string, signal: AbortSignal): Promise<void> {
  await step(`cannot copy '${from}'`, () =>
    withDirectory(from, async source => {
      if (await snapshot(source, from, path)) return;
      await makeTree(path);
      await withDirectory(path, async copy => {
        const { status, complaint } = await runToEnd(copier, [seen(source), seen(copy)], { signal, timeLimit: 0 });
        if (status !== 0) throw failed(`cannot copy '${from}': ${complaint.trim() || status}`);
      });
    }),
  );
}

/** An open file of ours, as others can open it: no path leads there, so none leads elsewhere. */
const seen = (fd: number): string => `/proc/${process.pid}/fd/${fd}`;

async function snapshot(source: number, from: string, path: string): Promise<boolean> {
  const parent = dirname(path);
  if (!(await isBtrfs(parent)) || !(await isBtrfs(from))) return false;
  const { ino } = await statOpen(source, { bigint: true });
  if (ino !== SUBVOLUME_INODE || (await hasSubvolumes(source))) return false;
  return await withDirectory(parent, async fd => {
    try {
      await snapshotSubvolume(source, fd, basename(path));
      return true;
    } catch (error) {
      // Of another file system of the same kind.
      if (['EXDEV', 'EINVAL'].includes(errorCode(error) ?? '')) return false;
      throw error;
    }
  });
}
