import { spawn, type ChildProcess } from 'node:child_process';
import { startFailure } from '../plan/start-failure.ts';

/** One image on its way to a device of the kernel's nbd driver. */
export interface NbdExport {
  /** Absolute. */
  readonly file: string;
  readonly format: string;
  readonly readonly: boolean;
  /** libvirt's name of a cache mode, which is qemu's too. */
  readonly cache: string | null;
  /** "/dev/nbd0" */
  readonly device: string;
  /** Where qemu-nbd and the kernel meet. In a directory of root's: whoever can connect to it can read the image. */
  readonly socket: string;
}

const cacheModes: readonly (string | null)[] = ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'];

/** The most that is kept of what qemu-nbd says, in characters. */
const OUTPUT_LIMIT = 4096;

/**
 * The arguments of qemu-nbd. The format is always given, so nothing is guessed from what a container wrote; an absolute
 * path cannot be taken for an option, nor for one of qemu's other protocols ("json:", "nbd:").
 */
export function qemuNbdArguments({ file, format, readonly, cache, device, socket }: NbdExport): string[] {
  if (!file.startsWith('/')) throw startFailure(`unsupported configuration: image '${file}' must be an absolute path`);
  const asked = cache === 'default' ? null : cache;
  if (asked !== null && !cacheModes.includes(asked))
    throw startFailure(`unsupported configuration: Disk cache mode ${asked} is not supported`);
  return [
    // Also keeps it in the foreground: the process is the one that was started, from its first moment on.
    '--verbose',
    `--socket=${socket}`,
    `--connect=${device}`,
    `--format=${format}`,
    ...(asked === null ? [] : [`--cache=${asked}`]),
    ...(readonly ? ['--read-only'] : []),
    '--',
    file,
  ];
}

/** A qemu-nbd that runs, or ran. */
export interface QemuNbd {
  readonly pid: number;
  /** What it said, once it has ended. */
  readonly ended: Promise<string>;
  /** Leaves it to itself: it outlives the daemon. */
  leave(): void;
}

/**
 * Starts qemu-nbd in a session of its own, and has its pid recorded before anything else happens: without a record it
 * does not stay. Fails the start when there is no such program.
 */
export async function startQemuNbd(request: NbdExport, record: (pid: number) => void): Promise<QemuNbd> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  const child = spawn('qemu-nbd', qemuNbdArguments(request), {
    env: { LC_ALL: 'C', PATH },
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid === undefined) throw await notStarted(child);
  try {
    record(child.pid);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-OUTPUT_LIMIT);
  });
  child.on('close', () => resolve(output.trim()));
  return {
    pid: child.pid,
    ended,
    leave() {
      child.unref();
      child.stderr.destroy();
    },
  };
}

async function notStarted(child: ChildProcess): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<Error>();
  child.on('error', resolve);
  const error = await promise;
  const missing = 'code' in error && error.code === 'ENOENT';
  return startFailure(missing ? "Unable to find 'qemu-nbd' binary in $PATH" : error.message, error);
}
