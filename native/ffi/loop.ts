/** The kernel's loop devices (linux/loop.h): files that are seen as block devices. */
import { closeSync, constants, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import koffi from 'koffi';
import { checked, libc, SystemCallError } from './libc.ts';

const cIoctl: (fd: number, request: number, argument: number) => number = libc.func('ioctl', 'int', [
  'int',
  'unsigned long',
  'long',
]);
const cIoctlBuffer: (fd: number, request: number, argument: Buffer) => number = libc.func(
  'int ioctl(int fd, unsigned long request, void *argument)',
);

const LOOP_SET_CAPACITY = 0x4c07;
const LOOP_CONFIGURE = 0x4c0a;
const LOOP_CTL_GET_FREE = 0x4c82;
const LO_FLAGS_READ_ONLY = 1;
const LO_FLAGS_AUTOCLEAR = 4;

/** struct loop_config: the descriptor, the block size, struct loop_info64 at 8, and a reserve. */
const CONFIG_SIZE = 8 + 232 + 64;
const FLAGS_AT = 8 + 52;
const NAME_AT = 8 + 56;
const NAME_SIZE = 64;

/** Others take free numbers, too. */
const RETRIES = 64;

/** A loop device that stays attached while it is open or mounted, wherever. */
export interface OpenLoop {
  readonly number: number;
  /** The caller closes it. */
  readonly fd: number;
}

/** Attaches a file to a free loop device. Throws SystemCallError or the error of opening a file. */
export function attachLoop(file: string, readonly: boolean): OpenLoop {
  const mode = constants.O_NONBLOCK | (readonly ? constants.O_RDONLY : constants.O_RDWR);
  const backing = openSync(file, mode);
  try {
    const control = openSync('/dev/loop-control', constants.O_RDWR);
    try {
      return claim(control, backing, file, readonly);
    } finally {
      closeSync(control);
    }
  } finally {
    closeSync(backing);
  }
}

/** Has a loop device take the size that its file has by now. Throws SystemCallError or the error of opening a file. */
export function takeFileSize(device: string): void {
  const fd = openSync(device, constants.O_RDONLY);
  try {
    checked('ioctl(LOOP_SET_CAPACITY)', cIoctl(fd, LOOP_SET_CAPACITY, 0), device);
  } finally {
    closeSync(fd);
  }
}

function claim(control: number, backing: number, file: string, readonly: boolean): OpenLoop {
  for (let tries = 0; tries < RETRIES; tries++) {
    const number = checked('ioctl(LOOP_CTL_GET_FREE)', cIoctl(control, LOOP_CTL_GET_FREE, 0));
    const fd = openSync(`/dev/loop${number}`, readonly ? constants.O_RDONLY : constants.O_RDWR);
    if (cIoctlBuffer(fd, LOOP_CONFIGURE, configuration(backing, file, readonly)) === 0) return { number, fd };
    const errno = koffi.errno();
    closeSync(fd);
    if (errno !== os.errno.EBUSY) throw new SystemCallError('ioctl(LOOP_CONFIGURE)', errno, file);
  }
  throw new SystemCallError('ioctl(LOOP_CONFIGURE)', os.errno.EBUSY, file);
}

function configuration(backing: number, file: string, readonly: boolean): Buffer {
  const config = Buffer.alloc(CONFIG_SIZE);
  config.writeUInt32LE(backing, 0);
  config.writeUInt32LE(LO_FLAGS_AUTOCLEAR | (readonly ? LO_FLAGS_READ_ONLY : 0), FLAGS_AT);
  Buffer.from(file).copy(config, NAME_AT, 0, NAME_SIZE - 1);
  return config;
}
