import type { Socket } from 'node:net';
import { SystemCallError } from '../ffi/libc.ts';
import { startChild, type Child } from './child.ts';
import { findTool, toolDirectories } from './find-tool.ts';

/** How long one of the host's tools may take unless its caller knows better, in ms. */
const TIME_LIMIT = 30_000;
/** How long one that was killed may take to end: what waits in the kernel, or has left children behind, may take for ever. */
const LAST_WAIT = 1_000;
/** What it may say, in bytes: one that says more is ended. */
const OUTPUT_LIMIT = 64 * 1024 * 1024;
/** Of its complaints; what goes beyond is dropped. */
const COMPLAINT_LIMIT = 64 * 1024;

export interface ToolRun {
  /** Standard input: a text, or an open descriptor. Nothing unless given. */
  readonly input?: string | number;
  /** In ms: then it is killed. 0 where what takes long is what was asked for. */
  readonly timeLimit?: number;
  /** Kills it. */
  readonly signal?: AbortSignal;
  /** Beside PATH and a LC_ALL that has it speak English. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a tool of the host ended. */
export interface ToolEnd {
  /** The exit status, or what there is in place of one: a signal's name, ENOENT where there is no such tool. */
  readonly status: number | string;
  readonly output: string;
  /** What it said on standard error, or the system of it. */
  readonly complaint: string;
}

/** Runs a program of the host, without a shell, until it ends or is killed. Throws nothing: how it ended says it all. */
export async function runToEnd(tool: string, args: readonly string[], run: ToolRun = {}): Promise<ToolEnd> {
  const { input = '', signal, env = {} } = run;
  if (signal?.aborted === true) return aborted;
  const file = tool.includes('/') ? tool : findTool(tool);
  if (file === null) return { status: 'ENOENT', output: '', complaint: `${tool}: no such program` };
  try {
    const child = await startChild({
      file,
      argv: [tool, ...args],
      env: { PATH: toolDirectories.join(':'), LC_ALL: 'C', ...env },
      input: typeof input === 'number' ? input : null,
    });
    // One that ends without reading says why by its status.
    child.stdin?.on('error', () => undefined).end(typeof input === 'string' ? input : '');
    return await endOf(child, run);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return { status: error.code, output: '', complaint: error.message };
  }
}

const aborted: ToolEnd = { status: 'ABORT_ERR', output: '', complaint: 'it is not wanted any more' };

/** When it has ended and nobody writes into its pipes any more; or when it is not waited for any longer. */
async function endOf(child: Child, { timeLimit = TIME_LIMIT, signal }: ToolRun): Promise<ToolEnd> {
  let tooMuch = false;
  const output = gather(child.stdout, OUTPUT_LIMIT, () => {
    tooMuch = true;
    child.kill();
  });
  const complaint = gather(child.stderr, COMPLAINT_LIMIT);
  const { promise, resolve } = Promise.withResolvers<ToolEnd>();
  const ended = (status: number | string): void =>
    resolve({ status, output: output(), complaint: tooMuch ? `says more than ${OUTPUT_LIMIT} bytes` : complaint() });
  const abort = (): void => {
    child.kill();
    resolve(aborted);
  };
  signal?.addEventListener('abort', abort, { once: true });
  // while it was started
  if (signal?.aborted === true) abort();
  const kill = timeLimit === 0 ? undefined : setTimeout(() => child.kill(), timeLimit);
  const giveUp = timeLimit === 0 ? undefined : setTimeout(() => ended('SIGKILL'), timeLimit + LAST_WAIT);
  void Promise.all([child.ended, closed(child.stdout), closed(child.stderr)]).then(([status]) => ended(status));
  const end = await promise;
  clearTimeout(kill);
  clearTimeout(giveUp);
  signal?.removeEventListener('abort', abort);
  child.stdin?.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
  return end;
}

const closed = (stream: Socket): Promise<void> => new Promise(resolve => stream.once('close', () => resolve()));

function gather(stream: Socket, limit: number, whenFull?: () => void): () => string {
  const chunks: Buffer[] = [];
  let room = limit;
  stream.on('data', (chunk: Buffer) => {
    if (chunk.length > room) whenFull?.();
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
