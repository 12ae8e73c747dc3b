import { closeSync, constants, openSync, readSync } from 'node:fs';
import { startFailure } from './start-failure.ts';

/** Where a filesystem writes its name: the kernel's type, the offset in bytes, what is there. */
const signatures = [
  ['ext4', 0x438, [0x53, 0xef]],
  ['xfs', 0, [...Buffer.from('XFSB')]],
  ['btrfs', 0x10040, [...Buffer.from('_BHRfS_M')]],
  ['squashfs', 0, [...Buffer.from('hsqs')]],
  ['erofs', 0x400, [0xe2, 0xe1, 0xf5, 0xe0]],
  ['f2fs', 0x400, [0x10, 0x20, 0xf5, 0xf2]],
  ['iso9660', 0x8001, [...Buffer.from('CD001')]],
  ['vfat', 0x52, [...Buffer.from('FAT32')]],
  ['vfat', 0x36, [...Buffer.from('FAT')]],
] as const;

/** The filesystem on a block device or in an image. Fails the start when it is none that we know. */
export function filesystemType(path: string): string {
  const head = readHead(path, 0x10080);
  const found = signatures.find(([, offset, bytes]) => bytes.every((byte, at) => head[offset + at] === byte));
  if (found === undefined) throw startFailure(`Unable to detect filesystem for ${path}`);
  return found[0];
}

function readHead(path: string, length: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw startFailure(`Failed to access '${path}': ${error instanceof Error ? error.message : String(error)}`, error);
  }
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(fd, head, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}
