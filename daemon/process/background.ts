/**
 * --daemon: the process starts itself again in a session of its own and waits. The child says over a pipe that it
 * listens, or why it cannot; only then the parent ends, so whoever started it knows.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { duplicate } from '../../native/ffi/libc.ts';

/** Number of the pipe's descriptor in the child. */
const STATUS_VARIABLE = 'LXVIRTD_STATUS_FD';
const STATUS_FD = 3;
const READY = 'ready';

/** Runs `args` in the background. Resolves to null once the child listens, else to the reason why it does not. */
export async function startInBackground(script: string, args: readonly string[]): Promise<string | null> {
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    cwd: '/',
    detached: true,
    env: { ...process.env, [STATUS_VARIABLE]: String(STATUS_FD) },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const pipe = child.stdio[STATUS_FD];
  if (!(pipe instanceof Readable)) throw new Error('The child has no status pipe');
  const status = await text(pipe);
  child.unref();
  if (status === READY) return null;
  return status === '' ? 'The daemon ended before it could listen' : status;
}

/** The child's side of the pipe. */
export class BackgroundStatus {
  #fd: number | null;

  private constructor(fd: number | null) {
    this.#fd = fd;
  }

  /** Of this process; takes the pipe out of sight of the programs it starts. */
  static ofProcess(env: NodeJS.ProcessEnv): BackgroundStatus {
    const isChild = env[STATUS_VARIABLE] === String(STATUS_FD);
    delete env[STATUS_VARIABLE];
    if (!isChild) return new BackgroundStatus(null);
    const fd = duplicate(STATUS_FD);
    closeSync(STATUS_FD);
    return new BackgroundStatus(fd);
  }

  /** Whether this process was started in the background, and still has somebody who waits. */
  get isPending(): boolean {
    return this.#fd !== null;
  }

  ready(): void {
    this.#finish(READY);
  }

  failed(reason: string): void {
    this.#finish(reason);
  }

  #finish(status: string): void {
    if (this.#fd === null) return;
    writeSync(this.#fd, status);
    closeSync(this.#fd);
    this.#fd = null;
  }
}
