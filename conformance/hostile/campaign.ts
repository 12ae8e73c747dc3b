import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../harness/sandbox.ts';
import type { Assault } from './attacker.ts';
import type { Decoy } from './decoy.ts';
import type { Inquiry } from './prober.ts';

export type Outcome = Readonly<Record<string, number>>;

interface Started {
  readonly child: ChildProcess;
  line(): Promise<string>;
}

/** Runs one of the scripts here inside of the sandbox; it ends with its standard input. */
async function start(sandbox: Sandbox, script: string, wish: unknown): Promise<Started> {
  const [enter = 'env', ...prefix] = sandbox.prefix;
  const command = [...prefix, process.execPath, join(import.meta.dirname, script)];
  const child = spawn(enter, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(wish)}\n`);
  const line = async (): Promise<string> => String((await lines.next()).value);
  await line();
  return { child, line };
}

async function end({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** Attacks while `work` goes on; returns what came of both. */
export async function during<T>(
  sandbox: Sandbox,
  assault: Assault,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly outcomes: readonly Outcome[] }> {
  const attacker = await start(sandbox, 'attacker.ts', assault);
  try {
    const result = await work();
    attacker.child.stdin?.end();
    const outcomes: readonly Outcome[] = JSON.parse(await attacker.line());
    return { result, outcomes };
  } finally {
    await end(attacker);
  }
}

/** What some probes have found out, one after the other. */
export async function probe(sandbox: Sandbox, ...inquiries: readonly Inquiry[]): Promise<readonly unknown[]> {
  const input = JSON.stringify(inquiries);
  const said = await sandbox.mustRun(process.execPath, [join(import.meta.dirname, 'prober.ts')], { input });
  return JSON.parse(said);
}

/** Listens until it is disposed of. */
export async function openDecoy(sandbox: Sandbox, decoy: Decoy): Promise<AsyncDisposable> {
  const started = await start(sandbox, 'decoy.ts', decoy);
  return { [Symbol.asyncDispose]: () => end(started) };
}
