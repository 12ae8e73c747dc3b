import { spawn } from 'node:child_process';
import { toolDirectories } from './find-tool.ts';

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
export async function runToEnd(
  tool: string,
  args: readonly string[],
  { input = '', timeLimit = TIME_LIMIT, signal, env = {} }: ToolRun = {},
): Promise<ToolEnd> {
  const child = spawn(tool, args, {
    cwd: '/',
    env: { PATH: toolDirectories.join(':'), LC_ALL: 'C', ...env },
    stdio: [typeof input === 'number' ? input : 'pipe', 'pipe', 'pipe'],
    timeout: timeLimit,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  });
  let tooMuch = false;
  const output = gather(child.stdout, OUTPUT_LIMIT, () => {
    tooMuch = true;
    child.kill('SIGKILL');
  });
  const complaint = gather(child.stderr, COMPLAINT_LIMIT);
  // One that ends without reading says why by its status.
  child.stdin?.on('error', () => undefined);
  if (typeof input === 'string') child.stdin?.end(input);
  return await new Promise(resolve => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(lastWait);
      resolve({ status: error.code ?? 'unknown', output: '', complaint: error.message });
    });
    const ended = (status: number | string): void =>
      resolve({
        status,
        output: output(),
        complaint: tooMuch ? `says more than ${OUTPUT_LIMIT} bytes` : complaint(),
      });
    const giveUp = (): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      ended('SIGKILL');
    };
    const lastWait = timeLimit === 0 ? undefined : setTimeout(giveUp, timeLimit + LAST_WAIT);
    child.on('close', (code, killer) => {
      clearTimeout(lastWait);
      ended(code ?? killer ?? 'unknown');
    });
  });
}

function gather(stream: NodeJS.ReadableStream | null, limit: number, whenFull?: () => void): () => string {
  const chunks: Buffer[] = [];
  let room = limit;
  stream?.on('data', (chunk: Buffer) => {
    if (chunk.length > room) whenFull?.();
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
