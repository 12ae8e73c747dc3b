/** How large an open block device is (linux/fs.h), in bytes. Throws SystemCallError for what is none. */
import { checked, libc } from './libc.ts';

const cIoctl: (fd: number, request: number, size: [bigint | number]) => number = libc.func(
  'int ioctl(int fd, unsigned long request, _Out_ uint64_t *size)',
);

const BLKGETSIZE64 = 0x8008_1272;

export function deviceSize(fd: number): bigint {
  const size: [bigint | number] = [0n];
  checked('ioctl(BLKGETSIZE64)', cIoctl(fd, BLKGETSIZE64, size));
  return BigInt(size[0]);
}
