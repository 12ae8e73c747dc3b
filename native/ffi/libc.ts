/**
 * The C library, as the process has it loaded already (glibc or musl). Functions are declared by the file that needs
 * them, and called synchronously: what may block belongs into another process.
 *
 * Koffi's rules: call from the main thread only; keep a reference to every Buffer whose address you embed; read errno
 * before anything else runs.
 */
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';

// Of calls in other threads. Koffi's own 128 KiB is less than what a thread has that libraries are written for: name services
// and modules of libsasl2 run there. Pages that nobody touches cost nothing.
koffi.config({ async_stack_size: 1 << 20 });

export const libc = koffi.load(null);

/** A failed call of the C library, in the shape of Node's own system errors. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  /** Positive, as the C library has it. */
  readonly errno: number;
  /** "ENOENT" */
  readonly code: string;
  readonly syscall: string;

  constructor(syscall: string, errno: number, subject?: string) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error'];
    super(`${syscall}${subject === undefined ? '' : ` '${subject}'`}: ${text}`);
    this.errno = errno;
    this.code = code;
    this.syscall = syscall;
  }
}

/** Passes a result on, or throws what errno says when it is negative. `subject` is the path or name it was about. */
export function checked(syscall: string, result: number, subject?: string): number {
  if (result >= 0) return result;
  throw new SystemCallError(syscall, koffi.errno(), subject);
}

const F_DUPFD_CLOEXEC = 1030;
const O_CLOEXEC = 0o2000000;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = O_CLOEXEC;

const cDup: (fd: number, command: number, minimum: number) => number = libc.func('fcntl', 'int', ['int', 'int', 'int']);
const cPipe2: (ends: [number, number], flags: number) => number = libc.func('int pipe2(_Out_ int *ends, int flags)');
const cSocketpair: (domain: number, type: number, protocol: number, ends: [number, number]) => number = libc.func(
  'int socketpair(int domain, int type, int protocol, _Out_ int *ends)',
);
const cClose: (fd: number) => number = libc.func('int close(int fd)');

/** Closes a descriptor that may be bad already; for clean-up paths. Node's `fs.closeSync` throws. */
export function closeQuietly(fd: number): void {
  cClose(fd);
}

/** A second descriptor of the same open file, closed on exec, numbered `minimum` or above. */
export function duplicate(fd: number, minimum = 3): number {
  return checked('fcntl(F_DUPFD_CLOEXEC)', cDup(fd, F_DUPFD_CLOEXEC, minimum));
}

/** Both ends are closed on exec. */
export function pipe(): { readEnd: number; writeEnd: number } {
  const ends: [number, number] = [-1, -1];
  checked('pipe2', cPipe2(ends, O_CLOEXEC));
  return { readEnd: ends[0], writeEnd: ends[1] };
}

/** A connected pair of Unix stream sockets, closed on exec. */
export function socketPair(): [number, number] {
  const ends: [number, number] = [-1, -1];
  checked('socketpair', cSocketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  return ends;
}
