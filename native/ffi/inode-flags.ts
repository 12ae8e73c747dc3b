/** Flags of inodes (linux/fs.h), as chattr(1) sets them. */
import { libc } from './libc.ts';

const cIoctl: (fd: number, request: number, flags: [number]) => number = libc.func(
  'int ioctl(int fd, unsigned long request, _Inout_ int *flags)',
);

const FS_IOC_GETFLAGS = 0x8008_6601;
const FS_IOC_SETFLAGS = 0x4008_6602;
const FS_NOCOW_FL = 0x0080_0000;

/** For a file that is still empty. A file system that does not know of it keeps the file as it is. */
export function setNoCopyOnWrite(fd: number): void {
  const flags: [number] = [0];
  if (cIoctl(fd, FS_IOC_GETFLAGS, flags) < 0) return;
  flags[0] |= FS_NOCOW_FL;
  cIoctl(fd, FS_IOC_SETFLAGS, flags);
}
