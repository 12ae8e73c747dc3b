/**
 * What the kernel does with ranges of open files and Node has no call for, off the event loop: a file may lie on a file
 * system that does not answer. Offsets and lengths are bytes.
 */
import { constants as os } from 'node:os';
import koffi from 'koffi';
import { libc, SystemCallError } from './libc.ts';

type Callback = (error: unknown, result: number | bigint) => void;
type Offset = number | bigint;

const cFallocate = libc.func('int fallocate64(int fd, int mode, int64_t offset, int64_t length)');
const cSeek = libc.func('int64_t lseek64(int fd, int64_t offset, int whence)');
const cIoctl = libc.func('ioctl', 'int', ['int', 'unsigned long', 'long']);
const cCopyRange = libc.func(
  'intptr_t copy_file_range(int in, _Inout_ int64_t *inOffset, int out, _Inout_ int64_t *outOffset, size_t length, unsigned int flags)',
);

const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const FICLONE = 0x4004_9409;

/**
 * Runs a call in another thread. errno is that thread's, so a call that failed is made again, here, to learn why: it fails
 * at once, or it has worked by then.
 */
async function perform(
  name: string,
  off: (done: Callback) => void,
  here: () => number | bigint,
): Promise<number | bigint> {
  const result = await new Promise<number | bigint>((resolve, reject) => {
    off((error, value) => (error === null ? resolve(value) : reject(error)));
  });
  if (result >= 0) return result;
  const again = here();
  if (again < 0) throw new SystemCallError(name, koffi.errno());
  return again;
}

async function allocate(fd: number, mode: number, offset: Offset, length: Offset): Promise<void> {
  await perform(
    'fallocate',
    done => cFallocate.async(fd, mode, offset, length, done),
    () => cFallocate(fd, mode, offset, length),
  );
}

/** Gives a range its blocks; the file grows if need be. Throws EOPNOTSUPP where the file system cannot. */
export const allocateRange = (fd: number, offset: Offset, length: Offset): Promise<void> =>
  allocate(fd, 0, offset, length);

/** Takes a range its blocks: it reads as zeros. The file keeps its size. */
export const punchHole = (fd: number, offset: Offset, length: Offset): Promise<void> =>
  allocate(fd, KEEP_SIZE | PUNCH_HOLE, offset, length);

async function seek(fd: number, offset: bigint, whence: number): Promise<bigint | null> {
  try {
    const found = await perform(
      'lseek',
      done => cSeek.async(fd, offset, whence, done),
      () => cSeek(fd, offset, whence),
    );
    return BigInt(found);
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === os.errno.ENXIO) return null;
    if (error instanceof SystemCallError && error.errno === os.errno.EINVAL)
      return whence === SEEK_DATA ? offset : null;
    throw error;
  }
}

/** Where the next data is at or behind `offset`; null for none. Where holes are unknown, all is data. */
export const nextData = (fd: number, offset: bigint): Promise<bigint | null> => seek(fd, offset, SEEK_DATA);

/** Where the data at `offset` ends; null when that is the end of the file. */
export const nextHole = (fd: number, offset: bigint): Promise<bigint | null> => seek(fd, offset, SEEK_HOLE);

/** Lets `to` share all blocks of `from`. Throws EOPNOTSUPP, EXDEV or EINVAL where they cannot be shared. */
export async function cloneFile(from: number, to: number): Promise<void> {
  await perform(
    'ioctl(FICLONE)',
    done => cIoctl.async(to, FICLONE, from, done),
    () => cIoctl(to, FICLONE, from),
  );
}

/** Copies inside of the kernel, and shares what can be shared; tells how much it was, 0 at the end of the file. */
export async function copyRange(from: number, to: number, offset: bigint, length: number): Promise<number> {
  const copied = await perform(
    'copy_file_range',
    done => cCopyRange.async(from, [offset], to, [offset], length, 0, done),
    () => cCopyRange(from, [offset], to, [offset], length, 0),
  );
  return Number(copied);
}
