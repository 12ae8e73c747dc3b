import { close, constants, open, realpath } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from '../system-failure.ts';
import { openBeneath } from '../../../native/ffi/open-in-root.ts';

const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = constants;
const O_PATH = 0o10000000;

const openFile = promisify(open);
const closeFile = promisify(close);
const resolvePath = promisify(realpath);

/**
 * Opens the entry `name` of the directory `pool`. A symbolic link is followed when it ends inside of the pool, and never
 * out of it, whatever becomes of it meanwhile. It does not wait for the other end of a pipe. Throws the system's error:
 * ELOOP for a link that leaves.
 */
export async function openVolume(pool: string, name: string, flags: number): Promise<number> {
  const path = join(pool, name);
  try {
    return await openFile(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (errorCode(error) !== 'ELOOP') throw error;
    return await openLinked(pool, path, flags, error);
  }
}

async function openLinked(pool: string, path: string, flags: number, refusal: unknown): Promise<number> {
  const inside = relative(await resolvePath(pool), await resolvePath(path));
  if (inside === '' || inside === '..' || inside.startsWith('../') || isAbsolute(inside)) throw refusal;
  const directory = await openFile(pool, O_PATH | O_DIRECTORY);
  try {
    return openBeneath(directory, inside, flags | O_NONBLOCK | O_NOCTTY);
  } finally {
    await closeFile(directory);
  }
}
