/** Extended attributes of open files, off the event loop: a file may lie on a file system that does not answer. */
import { libc } from './libc.ts';

type Callback = (error: unknown, result: number) => void;

const fsetxattr = libc.func('int fsetxattr(int fd, const char *name, void *value, size_t size, int flags)');
const fgetxattr = libc.func('intptr_t fgetxattr(int fd, const char *name, _Out_ void *value, size_t size)');
const fremovexattr = libc.func('int fremovexattr(int fd, const char *name)');

/** A security label is shorter. */
const VALUE_LIMIT = 4096;

/** errno is another thread's: a result below 0 says that it failed, not why. */
function call(start: (done: Callback) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

/** False when the file system, or the kernel, does not take it. */
export async function setAttribute(fd: number, name: string, value: Buffer): Promise<boolean> {
  return (await call(done => fsetxattr.async(fd, name, value, value.length, 0, done))) === 0;
}

/** Null when there is none, or the file system has no attributes at all. */
export async function getAttribute(fd: number, name: string): Promise<Buffer | null> {
  const value = Buffer.alloc(VALUE_LIMIT);
  const length = await call(done => fgetxattr.async(fd, name, value, value.length, done));
  return length < 0 ? null : value.subarray(0, length);
}

/** None there is fine. */
export async function removeAttribute(fd: number, name: string): Promise<void> {
  await call(done => fremovexattr.async(fd, name, done));
}
