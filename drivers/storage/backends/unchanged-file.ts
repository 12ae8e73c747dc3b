import { lstat } from 'node:fs/promises';
import type { StorageVolume } from '../volume.ts';

/** Milliseconds: a change so soon before a file was read may have the same time as one after it. */
const CLOCK_GRAIN = 1000;

const NANOSECONDS = 1_000_000n;
const BLOCK = 512n;

/**
 * Whether a volume is the file that it was when its content was looked at, by what the system says of it: every change
 * of content, name or rights changes its time of change. It need not be opened again then. What has a backing file says
 * something of that, too, and is never unchanged.
 */
export async function isUnchanged({ read, definition }: StorageVolume, path: string): Promise<boolean> {
  const { allocation, backingStore, physical, target, type } = definition;
  const changed = target.timestamps?.ctime ?? 0n;
  if (type !== 'file' || backingStore !== null || changed / NANOSECONDS + BigInt(CLOCK_GRAIN) > BigInt(read))
    return false;
  const { blocks, ctimeNs, size, mode } = await lstat(path, { bigint: true });
  const sameSize = size === (physical ?? 0n) && blocks * BLOCK === allocation;
  return ctimeNs === changed && sameSize && (mode & S_IFMT) === S_IFREG;
}

const S_IFMT = 0o170000n;
const S_IFREG = 0o100000n;
