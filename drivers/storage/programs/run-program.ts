import { execFile } from 'node:child_process';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { findProgram } from './find-program.ts';

const TIME_LIMIT = 60_000;
const OUTPUT_LIMIT = 16 * 1024 * 1024;

export interface RunOptions {
  /** In ms: then it is killed. 0 where what takes long is what was asked for. */
  readonly timeLimit?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Exit statuses that are no failures; 0 unless given. */
  readonly statuses?: readonly number[];
  /** What it reads; nothing unless given. */
  readonly input?: string;
}

export interface ProgramResult {
  readonly status: number;
  readonly output: string;
}

/**
 * Runs a program of the host, without a shell, and kills it when its time is over. Throws configUnsupported when there is
 * none of that name, and internalError with what it said when it fails, as libvirt words it.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { timeLimit = TIME_LIMIT, signal, statuses = [0], input = '' }: RunOptions = {},
): Promise<ProgramResult> {
  const path = await findProgram(name);
  if (path === null) throw errors.configUnsupported(`the program ${name} is not installed`, ErrorDomain.STORAGE);
  const settings = {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', LVM_SUPPRESS_FD_WARNINGS: '1' },
    timeout: timeLimit,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_LIMIT,
    ...(signal === undefined ? {} : { signal }),
  } as const;
  return await new Promise((resolve, reject) => {
    const child = execFile(path, args, settings, (error, output, complaint) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number' && statuses.includes(status)) return resolve({ status, output });
      const command = [path, ...args].join(' ');
      const how = typeof status === 'number' ? `unexpected exit status ${status}` : (error?.message ?? 'failed');
      const text = `Child process (${command}) ${how}: ${complaint}`;
      reject(errors.internalError(text, ErrorDomain.NONE, { cause: error }));
    });
    // One that ends without reading what it is given says more by its exit status.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
