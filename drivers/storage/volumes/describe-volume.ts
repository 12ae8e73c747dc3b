import { close, constants, fstat, lstat, open, read, stat, type BigIntStats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ImageFacts, ImageReader } from '../images/image-facts.ts';
import { probeImage } from '../images/probe-image.ts';
import {
  noTarget,
  type BackingStore,
  type VolumeDefinition,
  type VolumePermissions,
  type VolumeTimestamps,
} from '../../xml/storage/volume-definition.ts';
import { fileFormats } from '../../xml/storage/volume-formats.ts';
import { errorCode } from '../system-failure.ts';
import { openVolume } from './open-volume.ts';

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
  const path = join(pool, name);
  const entry = await linkStat(path, exact);
  if (entry.isDirectory()) return directory(name, path, entry);
  if (entry.isSymbolicLink()) return await linked(pool, name);
  return entry.isFile() ? await opened(pool, name) : null;
}

/** A link that leads nowhere, or out, is no volume. */
async function linked(pool: string, name: string): Promise<VolumeDefinition | null> {
  try {
    const seen = await statFile(join(pool, name));
    return seen.isFile() || seen.isDirectory() ? await opened(pool, name) : null;
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'EXDEV'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

async function opened(pool: string, name: string): Promise<VolumeDefinition | null> {
  const fd = await openVolume(pool, name, constants.O_RDONLY);
  try {
    return await describeOpen(fd, name, join(pool, name));
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
  const status = await statOpen(fd, exact);
  if (status.isDirectory()) return directory(name, path, status);
  if (!status.isFile()) return null;
  const facts = await probeImage(reader(fd, status.size));
  return { ...image(name, path, status, facts), backingStore: await backingStore(path, facts) };
}

const reader = (fd: number, size: bigint): ImageReader => ({
  size,
  async read(position, length) {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await readFile(fd, buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  },
});

/** How long a tree is would take a walk to tell. */
const directory = (name: string, path: string, status: BigIntStats): VolumeDefinition => ({
  name,
  key: path,
  type: 'dir',
  capacity: 0n,
  allocation: 0n,
  physical: null,
  extents: [],
  target: { ...noTarget, path, format: 'dir', ...attributes(status) },
  backingStore: null,
});

const BLOCK = 512n;

function image(name: string, path: string, status: BigIntStats, facts: ImageFacts): VolumeDefinition {
  const { format, compat, clusterSize, features } = facts;
  const encryption =
    facts.encryption === null
      ? null
      : { format: facts.encryption, engine: null, secrets: [], cipher: null, ivgen: null };
  return {
    name,
    key: path,
    type: format === 'ploop' ? 'ploop' : 'file',
    capacity: facts.capacity ?? status.size,
    allocation: status.blocks * BLOCK,
    physical: status.size === 0n ? null : status.size,
    extents: [],
    target: { ...noTarget, path, format, ...attributes(status), encryption, compat, clusterSize, features },
    backingStore: null,
  };
}

function attributes(status: BigIntStats): { permissions: VolumePermissions; timestamps: VolumeTimestamps } {
  const { mode, uid, gid, atimeNs: atime, mtimeNs: mtime, ctimeNs: ctime, birthtimeNs: btime } = status;
  return {
    permissions: { mode: Number(mode & 0o7777n), owner: Number(uid), group: Number(gid), label: null },
    timestamps: { atime, mtime, ctime, btime },
  };
}

/** What an image calls the file below it, as a path; "nbd://…" and "json:…" are none, and stay as they are. */
const pathBelow = (image: string, name: string): string =>
  /^[^/]*:/.test(name) ? name : resolve(dirname(image), name);

/**
 * The file below, by its name. Who wrote the image wrote the name: a file in another directory is not even looked at, and
 * none is opened.
 */
async function backingStore(image: string, { backing }: ImageFacts): Promise<BackingStore | null> {
  if (backing === null) return null;
  const format = fileFormats.names.find(name => name === backing.format) ?? fileFormats.fallback;
  const path = pathBelow(image, backing.path);
  const unknown = { path, format, permissions: null, timestamps: null };
  if (dirname(path) !== dirname(image)) return unknown;
  const status = await linkStat(path, exact).catch(() => null);
  return status?.isFile() === true ? { ...unknown, ...attributes(status) } : unknown;
}
