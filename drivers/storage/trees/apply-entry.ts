import { constants } from 'node:fs';
import { chmod, lchown, link, lstat, lutimes, mkdir, open, symlink, type FileHandle } from 'node:fs/promises';
import { makeFifo } from '../../../native/ffi/make-fifo.ts';
import { setAttribute } from '../../../native/ffi/xattr.ts';
import { errorCode } from '../system-failure.ts';
import { invalidArchive } from './tar/invalid-archive.ts';
import type { TarEntry } from './tar/tar-entry.ts';
import { partsOf, type TreeRoot } from './tree-root.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

const O_PATH = 0o10000000;

/** The last id that is one. */
const ID_MAX = 0xffff_fffe;

/**
 * Makes an entry of an archive in the tree, in place of what is there. Devices are left out: a container gets those that it
 * may have. Throws invalidArg for what has no place in the tree.
 */
export async function applyEntry(root: TreeRoot, entry: TarEntry): Promise<void> {
  const parts = partsOf(entry.path);
  const { type } = entry;
  if (type === 'device') return;
  if (parts.length === 0 && type !== 'directory') throw invalidArchive(`'${entry.path}' is no directory`);
  const make = async (): Promise<void> => {
    await makers[type]({ root, entry, place: (await root.place(parts)) ?? '' });
  };
  try {
    await make();
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    await root.remove(parts);
    await make();
  }
}

interface Making {
  readonly root: TreeRoot;
  readonly entry: TarEntry;
  /** Where, see `TreeRoot.place`. */
  readonly place: string;
}

/** A directory that comes again keeps what is in it. */
const isDirectory = async (place: string): Promise<boolean> => (await lstat(place)).isDirectory();

/** Of a file that has not got its owner yet. */
const PRIVATE = 0o600;

const makers: Readonly<Record<Exclude<TarEntry['type'], 'device'>, (making: Making) => Promise<void>>> = {
  async file({ root, entry, place }) {
    await using file = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
    for await (const piece of entry.content()) await writeAll(file, piece);
    await settle(file, root, entry);
  },
  async directory({ root, entry, place }) {
    await mkdir(place).catch(async (error: unknown) => {
      if (!(await isDirectory(place))) throw error;
    });
    await using directory = await open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    await settle(directory, root, entry);
  },
  async symlink({ root, entry, place }) {
    if (entry.target === '') throw invalidArchive(`'${entry.path}' leads nowhere`);
    await symlink(entry.target, place);
    await lchown(place, shifted(entry.uid, root.uid), shifted(entry.gid, root.gid));
    await lutimes(place, entry.mtime, entry.mtime);
  },
  async link({ root, entry, place }) {
    await using directory = await open(place.slice(0, place.lastIndexOf('/')), O_RDONLY | O_DIRECTORY);
    const name = place.slice(place.lastIndexOf('/') + 1);
    const target = await root.place(partsOf(entry.target), false);
    if (target === null || entry.target === '') throw invalidArchive(`'${entry.path}' is a link to nothing`);
    try {
      await link(target, `/proc/self/fd/${directory.fd}/${name}`);
    } catch (error) {
      throw ['ENOENT', 'EPERM'].includes(errorCode(error) ?? '')
        ? invalidArchive(`'${entry.path}' is a link to nothing`)
        : error;
    }
  },
  async fifo({ root, entry, place }) {
    makeFifo(place, PRIVATE);
    await lchown(place, shifted(entry.uid, root.uid), shifted(entry.gid, root.gid));
    // By a descriptor: chmod would follow what a guest has put in its place.
    await using fifo = await open(place, O_PATH | O_NOFOLLOW);
    if ((await fifo.stat()).isFIFO()) await chmod(`/proc/self/fd/${fifo.fd}`, entry.mode);
  },
};

/** Owner first: changing it takes away set-id bits and capabilities. What we make is root's. */
async function settle(file: FileHandle, root: TreeRoot, entry: TarEntry): Promise<void> {
  const owner = shifted(entry.uid, root.uid);
  const group = shifted(entry.gid, root.gid);
  if (entry.type === 'directory' || owner !== 0 || group !== 0) await file.chown(owner, group);
  await file.chmod(entry.mode);
  for (const [name, value] of entry.attributes) await applyAttribute(file, name, value, root);
  await file.utimes(entry.mtime, entry.mtime);
}

function shifted(id: number, base: number): number {
  if (!Number.isInteger(id) || id < 0 || id + base > ID_MAX)
    throw invalidArchive(`${id} is no id that the guest can have`);
  return id + base;
}

const CAPABILITY = 'security.capability';

/** Capabilities, and what users keep. Others are about the host that the archive comes from. */
async function applyAttribute(file: FileHandle, name: string, value: Buffer, root: TreeRoot): Promise<void> {
  if (name === CAPABILITY) await setAttribute(file.fd, name, namespaced(value, root.uid));
  else if (name.startsWith('user.')) await setAttribute(file.fd, name, value);
}

const REVISION_3 = 0x0300_0000;
const REVISION_2_SIZE = 20;

/**
 * Capabilities count in the user namespace of whose root they name (linux/capability.h, revision 3). Whose the archive
 * names makes no difference: root of the host would give them to everybody here who runs the program.
 */
function namespaced(value: Buffer, rootId: number): Buffer {
  if (rootId === 0 || value.length < REVISION_2_SIZE) return value;
  const magic = value.readUInt32LE(0);
  const shiftedValue = Buffer.concat([value.subarray(0, REVISION_2_SIZE), Buffer.alloc(4)]);
  shiftedValue.writeUInt32LE((REVISION_3 | (magic & 0x00ff_ffff)) >>> 0, 0);
  shiftedValue.writeUInt32LE(rootId, REVISION_2_SIZE);
  return shiftedValue;
}

async function writeAll(file: FileHandle, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length;) done += (await file.write(piece, done, piece.length - done)).bytesWritten;
}
