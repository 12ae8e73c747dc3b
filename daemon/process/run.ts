import { flushCompileCache } from 'node:module';
import { escape } from '../logging/text.ts';
import { BackgroundStatus, startInBackground } from './background.ts';
import type { DaemonOptions } from './command-line.ts';
import type { DriversFactory } from './daemon.ts';
import { Daemon, PROGRAM } from './daemon.ts';
import { releaseMemory } from './release-memory.ts';

export interface Program {
  readonly options: DaemonOptions;
  /** The script that this process runs, and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
  readonly createDrivers: DriversFactory;
}

/** The whole life of the process: start (in the background, if asked to), serve, obey signals, end. */
export async function run(program: Program): Promise<void> {
  const status = BackgroundStatus.ofProcess(process.env);
  const detached = status.isPending;
  if (program.options.daemonize && !detached) return startAnother(program);
  try {
    if (process.geteuid?.() !== 0) throw new Error('Containers need root: run this as root');
    process.umask(0o022);
    await serve(program, detached);
    status.ready();
    // Else a daemon that is killed leaves the next one to compile everything anew.
    flushCompileCache();
    releaseMemory();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    status.failed(reason);
    fail(reason);
  }
}

async function startAnother({ script, args }: Program): Promise<void> {
  const reason = await startInBackground(script, args);
  if (reason === null) process.exit(0);
  fail(reason);
}

function fail(reason: string): never {
  process.stderr.write(`${PROGRAM}: ${escape(reason)}\n`);
  process.exit(1);
}

/** Resolves once clients can connect; the process ends by itself, with its last client served, after a signal. */
async function serve({ options, createDrivers }: Program, detached: boolean): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const daemon = new Daemon({ options, env: process.env, detached, createDrivers, expired: end });
  // Before it is up, too: a signal then means to end in order as soon as it is.
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', () => void daemon.reload());
  process.on('uncaughtException', error => {
    daemon.logFatal(error);
    process.exit(1);
  });
  await daemon.start();
  void ended.then(() => daemon.stop()).then(() => process.exit(0));
}
