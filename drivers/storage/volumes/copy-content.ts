import { close, fstat, ftruncate, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { ErrorDomain, StorageVolCreateFlags } from '../../contract/constants.ts';
import { cloneFile, copyRange, nextData, nextHole } from '../../../native/ffi/file-ranges.ts';
import { deviceSize } from '../../../native/ffi/device-size.ts';
import { errors } from '../../contract/error.ts';
import { errorCode, step, systemFailure } from '../system-failure.ts';
import type { VolumeContent } from '../volume-backend.ts';
import type { Making } from './image-maker.ts';

const closeFile = promisify(close);
const statOpen = promisify(fstat);
const truncate = promisify(ftruncate);
const readFile = promisify(read);
const writeFile = promisify(write);

/** What is copied in one go: between two of them the copy can be broken off. */
const STEP = 64 << 20;
/** Where the kernel cannot copy by itself. */
const BUFFER = 1 << 20;

/**
 * Copies all of `source` to the empty file `to`: shares blocks where the file system can, and keeps holes. REFLINK: shares
 * them, or fails.
 */
export async function copyContent(source: VolumeContent, to: number, { flags, signal }: Making): Promise<void> {
  const { path } = source.volume;
  const from = await step(`Failed to open storage volume with path '${path}'`, () => source.open());
  try {
    if (await shared(from, to, path, (flags & StorageVolCreateFlags.REFLINK) !== 0)) return;
    await step(`failed to copy '${path}'`, () => copyData(from, to, signal));
  } finally {
    await closeFile(from);
  }
}

async function shared(from: number, to: number, path: string, must: boolean): Promise<boolean> {
  try {
    await cloneFile(from, to);
    return true;
  } catch (error) {
    if (must) throw systemFailure(`failed to clone files from '${path}'`, error);
    return false;
  }
}

/** Copies all that is open as `from` to the empty file `to`, and keeps holes. Throws the system's error. */
export async function copyData(from: number, to: number, signal: AbortSignal): Promise<void> {
  const status = await statOpen(from, { bigint: true });
  const size = status.isBlockDevice() ? deviceSize(from) : status.size;
  await truncate(to, Number(size));
  const copy = copier(from, to);
  for (let at = await nextData(from, 0n); at !== null && at < size; at = await nextData(from, at)) {
    const end = (await nextHole(from, at)) ?? size;
    while (at < end) {
      if (signal.aborted) throw errors.operationFailed('the copy was broken off', ErrorDomain.STORAGE);
      const copied = await copy(at, Number(end - at > STEP ? BigInt(STEP) : end - at));
      if (copied === 0) return;
      at += BigInt(copied);
    }
  }
}

type Copy = (at: bigint, length: number) => Promise<number>;

/** The kernel's copy; where it declines (a device, two file systems of an old kernel), ours. */
function copier(from: number, to: number): Copy {
  let copy: Copy = (at, length) => copyRange(from, to, at, length);
  return async (at, length) => {
    try {
      return await copy(at, length);
    } catch (error) {
      if (!declined.includes(errorCode(error) ?? '')) throw error;
      copy = byHand(from, to);
      return await copy(at, length);
    }
  };
}

const declined = ['EXDEV', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

function byHand(from: number, to: number): Copy {
  const buffer = Buffer.allocUnsafe(BUFFER);
  return async (at, length) => {
    const { bytesRead } = await readFile(from, buffer, 0, Math.min(length, BUFFER), Number(at));
    for (let done = 0; done < bytesRead;) {
      const { bytesWritten } = await writeFile(to, buffer, done, bytesRead - done, Number(at) + done);
      done += bytesWritten;
    }
    return bytesRead;
  };
}
