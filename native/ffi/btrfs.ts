/** Subvolumes of btrfs (linux/btrfs.h), off the event loop. */
import { statfs } from 'node:fs/promises';
import { constants as os } from 'node:os';
import koffi from 'koffi';
import { libc, SystemCallError } from './libc.ts';

const cIoctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ void *argument)');

const SUPER_MAGIC = 0x9123_683e;
/** All of these take 4096 bytes. */
const SIZE = 4096;
const SUBVOL_CREATE = 0x5000_940e;
const SNAP_DESTROY = 0x5000_940f;
const SNAP_CREATE_V2 = 0x5000_9417;
const GET_SUBVOL_ROOTREF = 0xd000_943d;

const NAME_AT = 8;
const NAME_V2_AT = 56;
const ROOTREF_COUNT_AT = 8 + 255 * 16;

/** Of the directory that is a subvolume's root. */
export const SUBVOLUME_INODE = 256n;

export async function isBtrfs(path: string): Promise<boolean> {
  return (await statfs(path)).type === SUPER_MAGIC;
}

/** errno is another thread's: the call is made again, here, to learn why it failed. */
async function perform(name: string, fd: number, request: number, argument: Buffer): Promise<void> {
  const result = await new Promise<number>((resolve, reject) => {
    cIoctl.async(fd, request, argument, (error: unknown, value: number) =>
      error === null ? resolve(value) : reject(error),
    );
  });
  if (result >= 0 || cIoctl(fd, request, argument) >= 0) return;
  throw new SystemCallError(name, koffi.errno());
}

function named(name: string, at: number): Buffer {
  const argument = Buffer.alloc(SIZE);
  if (argument.write(name, at) >= SIZE - at) throw new SystemCallError('ioctl', os.errno.ENAMETOOLONG, name);
  return argument;
}

/** `parent` is an open directory. */
export const createSubvolume = (parent: number, name: string): Promise<void> =>
  perform('ioctl(BTRFS_IOC_SUBVOL_CREATE)', parent, SUBVOL_CREATE, named(name, NAME_AT));

/** Throws ENOTEMPTY when there are subvolumes inside. */
export const destroySubvolume = (parent: number, name: string): Promise<void> =>
  perform('ioctl(BTRFS_IOC_SNAP_DESTROY)', parent, SNAP_DESTROY, named(name, NAME_AT));

/** A writable copy of the subvolume whose root is open as `source`; subvolumes inside become empty directories. */
export async function snapshotSubvolume(source: number, parent: number, name: string): Promise<void> {
  const argument = named(name, NAME_V2_AT);
  argument.writeBigInt64LE(BigInt(source), 0);
  await perform('ioctl(BTRFS_IOC_SNAP_CREATE_V2)', parent, SNAP_CREATE_V2, argument);
}

/** Whether there are subvolumes inside of the one whose root is open. */
export async function hasSubvolumes(root: number): Promise<boolean> {
  const argument = Buffer.alloc(SIZE);
  await perform('ioctl(BTRFS_IOC_GET_SUBVOL_ROOTREF)', root, GET_SUBVOL_ROOTREF, argument);
  return argument.readUInt8(ROOTREF_COUNT_AT) > 0;
}
