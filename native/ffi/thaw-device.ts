import { closeSync, constants, openSync } from 'node:fs';
import { checked, libc } from './libc.ts';

type Callback = (error: unknown, result: number) => void;
type Background<Arguments extends readonly unknown[]> = { async: (...args: [...Arguments, Callback]) => void };

const cFsopen: (number: number, type: string, flags: number) => number = libc.func(
  'long syscall(long number, const char *type, unsigned int flags)',
);
const cFsconfig: Background<[number, number, number, string | null, string | null, number]> = libc.func(
  'long syscall(long number, int context, unsigned int command, const char *key, const char *value, int extra)',
);
const cFsmount: (number: number, context: number, flags: number, attributes: number) => number = libc.func(
  'long syscall(long number, int context, unsigned int flags, unsigned int attributes)',
);
const cIoctl: Background<[number, number, number]> = libc.func(
  'int ioctl(int fd, unsigned long request, long argument)',
);

/** The same on every architecture. */
const calls = { fsopen: 430, fsconfig: 431, fsmount: 432 } as const;
const CLOEXEC = 1;
const command = { setString: 1, create: 6 } as const;
const FITHAW = 0xc004_5878;

/**
 * Thaws the file system on a block device that is frozen and mounted nowhere any more: the kernel keeps it, and gives it
 * out again for a mount that nobody sees. `type` is the kernel's name of it. False when it was not frozen; throws
 * SystemCallError when there is no such file system. What may wait for the device is done beside the event loop.
 */
export async function thawDevice(device: string, type: string): Promise<boolean> {
  const context = checked('fsopen', cFsopen(calls.fsopen, type, CLOEXEC), type);
  try {
    await configure(context, command.setString, 'source', device);
    await configure(context, command.create, null, null);
    const mount = checked('fsmount', cFsmount(calls.fsmount, context, CLOEXEC, 0), device);
    try {
      return await thaw(mount);
    } finally {
      closeSync(mount);
    }
  } finally {
    closeSync(context);
  }
}

/** What fsmount gives is only a place. */
async function thaw(mount: number): Promise<boolean> {
  const directory = openSync(`/proc/self/fd/${mount}`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return (await inBackground(done => cIoctl.async(directory, FITHAW, 0, done))) === 0;
  } finally {
    closeSync(directory);
  }
}

async function configure(context: number, what: number, key: string | null, value: string | null): Promise<void> {
  const result = await inBackground(done => cFsconfig.async(calls.fsconfig, context, what, key, value, 0, done));
  // errno is another thread's: which reason there was is not known.
  if (result < 0) throw new Error('fsconfig: the device cannot be mounted');
}

function inBackground(start: (done: Callback) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
