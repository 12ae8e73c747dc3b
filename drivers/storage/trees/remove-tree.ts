import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { destroySubvolume } from '../../../native/ffi/btrfs.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { runProgram } from '../programs/run-program.ts';
import { errorCode } from '../system-failure.ts';
import { isSubvolume, withDirectory } from './make-tree.ts';

/**
 * Removes a tree, in another process: it follows no link, and a tree with something mounted inside is left alone. Throws
 * operationInvalid for such a one.
 */
export async function removeTree(path: string): Promise<void> {
  await requireNothingMounted(path);
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

/** mountinfo escapes blanks and backslashes of paths in octal. */
const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

async function requireNothingMounted(path: string): Promise<void> {
  const real = join(await realpath(dirname(path)), basename(path));
  const lines = (await readFile('/proc/self/mountinfo', 'latin1')).split('\n');
  const wanted = Buffer.from(real).toString('latin1');
  for (const line of lines) {
    const point = unescape(line.split(' ')[4] ?? '');
    if (point === wanted || point.startsWith(`${wanted}/`))
      throw errors.operationInvalid(`'${path}' cannot be removed: something is mounted in it`, ErrorDomain.STORAGE);
  }
}
