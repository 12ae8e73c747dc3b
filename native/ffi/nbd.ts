/** The kernel's network block devices (linux/nbd.h). */
import { checked, libc } from './libc.ts';

const cIoctl: (fd: number, request: number, argument: number) => number = libc.func('ioctl', 'int', [
  'int',
  'unsigned long',
  'long',
]);

const NBD_DISCONNECT = 0xab08;

/** Ends the connection of an opened device: its server is told that this is meant. Throws SystemCallError. */
export function disconnectNbd(fd: number, device: string): void {
  checked('ioctl(NBD_DISCONNECT)', cIoctl(fd, NBD_DISCONNECT, 0), device);
}
