import { basename, dirname } from 'node:path';
import { destroySubvolume } from '../../../native/ffi/btrfs.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { runProgram } from '../programs/run-program.ts';
import { errorCode } from '../system-failure.ts';
import { isSubvolume, withDirectory } from './make-tree.ts';
import { hasMountsInside } from './mounts-inside.ts';

/**
 * Removes a tree, in another process: it follows no link, and a tree with something mounted inside is left alone. Throws
 * operationInvalid for such a one.
 */
export async function removeTree(path: string): Promise<void> {
  if (await hasMountsInside(path))
    throw errors.operationInvalid(`'${path}' cannot be removed: something is mounted in it`, ErrorDomain.STORAGE);
  const subvolume = await isSubvolume(path);
  if (subvolume && (await destroyed(path))) return;
  // A subvolume inside of another counts as a file system of its own.
  await runProgram('rm', ['-rf', ...(subvolume ? [] : ['--one-file-system']), '--', path], { timeLimit: 0 });
}

async function destroyed(path: string): Promise<boolean> {
  try {
    await withDirectory(dirname(path), fd => destroySubvolume(fd, basename(path)));
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EPERM') return false;
    throw error;
  }
}
