import { getSystemErrorMap } from 'node:util';

/** Those that programs most often get to see, as the C library words them; Node words them its own way. */
const known: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EAGAIN: 'Resource temporarily unavailable',
  EBADF: 'Bad file descriptor',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOEXEC: 'Exec format error',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  ENOTTY: 'Inappropriate ioctl for device',
  ENXIO: 'No such device or address',
  ENOTSUP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EROFS: 'Read-only file system',
  ESPIPE: 'Illegal seek',
  ETXTBSY: 'Text file busy',
};

/** What strerror(3) says of a code. */
export function systemErrorText(code: string): string {
  const text = known[code];
  if (text !== undefined) return text;
  const [, own] = [...getSystemErrorMap().values()].find(([name]) => name === code) ?? [];
  return own ?? code;
}
