import { spawn } from 'node:child_process';

/** How a program ended, and what it said. */
export interface Outcome {
  /** Its exit status; 128 + number when a signal ended it; -1 when it ran out of time. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Milliseconds until the program is killed; 60,000 by default. */
  readonly deadline?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Texts of programs are compared with: English, and no colours. */
const PLAIN = { LC_ALL: 'C.UTF-8', LANGUAGE: 'C', TERM: 'dumb' };

/** Runs a program to its end. Never throws: a program that cannot be started has status 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const child = spawn(command, args, { env: { ...process.env, ...PLAIN, ...options.env } });
  let stdout = '';
  let stderr = '';
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, options.deadline ?? 60_000);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  child.on('error', error => {
    clearTimeout(timer);
    resolve({ status: 127, stdout, stderr: error.message });
  });
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    const status = late ? -1 : (code ?? 128 + (signal === 'SIGKILL' ? 9 : 15));
    resolve({ status, stdout, stderr: late ? `${stderr}\nran out of time: ${command} ${args.join(' ')}` : stderr });
  });
  return promise;
}

/** Runs a program that has to succeed; returns what it wrote. */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const outcome = await run(command, args, options);
  if (outcome.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: status ${outcome.status}\n${outcome.stderr}${outcome.stdout}`);
  }
  return outcome.stdout;
}
