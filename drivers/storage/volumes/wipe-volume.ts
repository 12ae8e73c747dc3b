import { close, constants, fstat, fsync, ftruncate, write } from 'node:fs';
import { promisify } from 'node:util';
import { deviceSize } from '../../../native/ffi/device-size.ts';
import { ErrorDomain, StorageVolWipeAlgorithm } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { VolumeRef } from '../../contract/storage-volumes.ts';
import { step } from '../system-failure.ts';
import { findVolume, requireIdle, type FoundVolume } from './find-volume.ts';
import { openContent } from './open-content.ts';
import { refreshVolume, using, volumesOf, type VolumesContext } from './volumes-context.ts';
import { wipePasses, type Fill } from './wipe-passes.ts';

const closeFile = promisify(close);
const statOpen = promisify(fstat);
const syncFile = promisify(fsync);
const truncate = promisify(ftruncate);
const writeFile = promisify(write);

/** Written in one go. */
const PIECE = 1 << 20;

export async function wipeVolume(
  context: VolumesContext,
  ref: VolumeRef,
  algorithm: number,
  flags: number,
): Promise<void> {
  checkFlags(flags, 0, 'storageVolWipePattern', ErrorDomain.STORAGE);
  if (!Object.values<number>(StorageVolWipeAlgorithm).includes(algorithm))
    throw errors.invalidArg(`wiping algorithm ${algorithm} not supported`, ErrorDomain.STORAGE);
  const found = findVolume(context.pools, ref);
  requireIdle(found.volume);
  volumesOf(context, found.pool, 'volume wiping');
  await using([found], async () => {
    await wipeContent(context, found, algorithm);
    await refreshVolume(context, found.pool, found.volume);
  });
}

/** Overwrites every byte, as often as the algorithm says, and has each pass on the disk before the next begins. */
export async function wipeContent(context: VolumesContext, found: FoundVolume, algorithm: number): Promise<void> {
  if (algorithm === StorageVolWipeAlgorithm.TRIM)
    throw errors.argumentUnsupported("'trim' algorithm not supported", ErrorDomain.STORAGE);
  const { path } = found.volume;
  const failed = `Failed to open storage volume with path '${path}'`;
  const fd = await step(failed, () => openContent(context, found, constants.O_RDWR));
  try {
    await step(`failed to wipe '${path}'`, () => overwrite(fd, wipePasses(algorithm), context.ending));
  } finally {
    await closeFile(fd);
  }
}

async function overwrite(fd: number, passes: readonly Fill[], ending: AbortSignal): Promise<void> {
  const { isDevice, size } = await extentOf(fd);
  for (const fill of passes) {
    // What was never written has nothing to hide: a hole stays one.
    if (passes.length === 1 && !isDevice && (await wipedAsWhole(fd, size))) continue;
    await pass(fd, size, fill, ending);
    await syncFile(fd);
  }
}

async function extentOf(fd: number): Promise<{ isDevice: boolean; size: number }> {
  const status = await statOpen(fd, { bigint: true });
  const isDevice = status.isBlockDevice();
  return { isDevice, size: Number(isDevice ? deviceSize(fd) : status.size) };
}

/** Sparse files are not filled: they give up their blocks instead. */
async function wipedAsWhole(fd: number, size: number): Promise<boolean> {
  const { blocks } = await statOpen(fd);
  if (blocks * 512 >= size) return false;
  await truncate(fd, 0);
  await truncate(fd, size);
  return true;
}

async function pass(fd: number, size: number, fill: Fill, ending: AbortSignal): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE);
  for (let at = 0; at < size;) {
    if (ending.aborted) throw errors.operationFailed('the daemon is ending', ErrorDomain.STORAGE);
    fill(piece, at);
    const { bytesWritten } = await writeFile(fd, piece, 0, Math.min(PIECE, size - at), at);
    at += bytesWritten;
  }
}
