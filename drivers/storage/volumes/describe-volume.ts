import { close, constants, fstat, lstat, open, read, stat } from 'node:fs';
import { promisify } from 'node:util';
import { factsOf, isDirectory, isFile, isLink, type FileFacts } from '../../../native/survey/file-facts.ts';
import type { Surveyed } from '../../../native/survey/survey-messages.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { ImageFacts, ImageReader } from '../images/image-facts.ts';
import { probeImage, probePieces } from '../images/probe-image.ts';
import { errorCode } from '../system-failure.ts';
import { backingStoreOf, fileDefinition, pathBelow, treeDefinition, volumePath } from './file-definition.ts';
import { openVolume } from './open-volume.ts';
import { SurveyedFile } from './surveyed-file.ts';

const openFile = promisify(open);
const statFile = promisify(stat);
const linkStat = promisify(lstat);
const readFile = promisify(read);
const statOpen = promisify(fstat);
const closeFile = promisify(close);

const exact = { bigint: true } as const;

/**
 * What the entry `name` of a pool's directory is, from the entry alone; null for what is no volume: devices, pipes,
 * sockets, and links that leave the pool. Throws the system's error when it cannot be looked at.
 */
export async function describeVolume(pool: string, name: string): Promise<VolumeDefinition | null> {
  const path = volumePath(pool, name);
  const entry = factsOf(await linkStat(path, exact));
  if (isDirectory(entry)) return treeDefinition(name, path, entry);
  if (isLink(entry)) return await linked(pool, name);
  return isFile(entry) ? await opened(pool, name) : null;
}

/** The same of an entry that a surveyor has seen, who has read its `probedPieces`. At once, of all but a few kinds. */
export function describeSurveyed(
  pool: string,
  name: string,
  { facts, pieces }: Surveyed,
): VolumeDefinition | null | Promise<VolumeDefinition | null> {
  const path = volumePath(pool, name);
  if (isDirectory(facts)) return treeDefinition(name, path, facts);
  if (isLink(facts)) return linked(pool, name);
  if (!isFile(facts)) return null;
  if (pieces === null) return opened(pool, name);
  const image = probePieces(pieces);
  return image === null ? surveyed(pool, name, facts, pieces) : fileDefinition(name, path, facts, image, null);
}

async function surveyed(
  pool: string,
  name: string,
  facts: FileFacts,
  pieces: readonly Buffer[],
): Promise<VolumeDefinition | null> {
  const file = new SurveyedFile(facts.size, pieces);
  const path = volumePath(pool, name);
  const image = await probeImage(file);
  if (file.lacked) return await opened(pool, name);
  return fileDefinition(name, path, facts, image, await backingStoreOf(path, image));
}

/** A link that leads nowhere, or out, is no volume. */
async function linked(pool: string, name: string): Promise<VolumeDefinition | null> {
  try {
    const seen = await statFile(volumePath(pool, name));
    return seen.isFile() || seen.isDirectory() ? await opened(pool, name) : null;
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'EXDEV'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

async function opened(pool: string, name: string): Promise<VolumeDefinition | null> {
  const fd = await openVolume(pool, name, constants.O_RDONLY);
  try {
    return await describeOpen(fd, name, volumePath(pool, name));
  } finally {
    await closeFile(fd);
  }
}

/**
 * What the image at `path`, which is opened at `place`, says of itself and of what lies below it, now. Throws the system's
 * error.
 */
export async function imageFacts(place: string, path = place): Promise<ImageFacts> {
  const fd = await openFile(place, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await statOpen(fd, exact);
    const facts = await probeImage(reader(fd, size));
    return facts.backing === null
      ? facts
      : { ...facts, backing: { ...facts.backing, path: pathBelow(path, facts.backing.path) } };
  } finally {
    await closeFile(fd);
  }
}

/** The same of an entry that is open: what was an ordinary file may have become something else. */
async function describeOpen(fd: number, name: string, path: string): Promise<VolumeDefinition | null> {
  const facts = factsOf(await statOpen(fd, exact));
  if (isDirectory(facts)) return treeDefinition(name, path, facts);
  if (!isFile(facts)) return null;
  const image = await probeImage(reader(fd, facts.size));
  return fileDefinition(name, path, facts, image, await backingStoreOf(path, image));
}

const reader = (fd: number, size: bigint): ImageReader => ({
  size,
  async read(position, length) {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await readFile(fd, buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  },
});
