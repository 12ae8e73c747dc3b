import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';

/** The scripts of one driver. */
export interface HookKind<Phase extends string> {
  /** The name of the script, and of the directory with more of them: "lxc". */
  readonly program: string;
  /** What they are told of, with libvirt's second argument of each. */
  readonly phases: Readonly<Record<Phase, 'begin' | 'end'>>;
}

/** The most that is kept of what a script says on stderr, in bytes. */
const OUTPUT_LIMIT = 64 * 1024;

/**
 * The host's scripts for the objects of one driver: hooks/PROGRAM, then those of hooks/PROGRAM.d by name. Each gets
 * `NAME PHASE begin|end -` and the object's XML on standard input.
 */
export class HookScripts<Phase extends string> {
  readonly #directory: string;
  readonly #kind: HookKind<Phase>;

  /** `directory` is /etc/libvirt/hooks. */
  constructor(directory: string, kind: HookKind<Phase>) {
    this.#directory = directory;
    this.#kind = kind;
  }

  /** Throws hookScriptFailed on the first that fails, or the signal's reason: what runs is killed then. */
  async run(phase: Phase, name: string, xml: () => string, signal: AbortSignal): Promise<void> {
    const scripts = this.#scripts();
    if (scripts.length === 0) return;
    const input = xml();
    for (const script of scripts) {
      signal.throwIfAborted();
      await runScript(script, [name, phase, this.#kind.phases[phase], '-'], input, signal);
    }
  }

  #scripts(): string[] {
    const main = join(this.#directory, this.#kind.program);
    const directory = `${main}.d`;
    const others = listNames(directory).map(name => join(directory, name));
    return [main, ...others].filter(isExecutable);
  }
}

function listNames(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(directory).sort();
}

/** Looked at anew for each phase: most hosts have no scripts, and an exception would cost more than all else here. */
function isExecutable(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}

function scriptEnvironment(): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/' } = process.env;
  return { LC_ALL: 'C', PATH, HOME };
}

async function runScript(script: string, args: readonly string[], input: string, signal: AbortSignal): Promise<void> {
  const env = scriptEnvironment();
  const child = spawn(script, args, { env, cwd: '/', stdio: ['pipe', 'ignore', 'pipe'] });
  // What a script left running may hold its stderr open: it is not waited for once the script has been killed.
  const kill = (): void => {
    child.kill('SIGKILL');
    child.stderr.destroy();
  };
  signal.addEventListener('abort', kill);
  // A script need not read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < OUTPUT_LIMIT) output += text.slice(0, OUTPUT_LIMIT - output.length);
  });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  child.on('error', error => resolve(`could not be run: ${error.message}`));
  child.on('close', (code, killer) => {
    if (code === 0) resolve(null);
    else resolve(code === null ? `fatal signal ${killer}: ${output}` : `unexpected exit status ${code}: ${output}`);
  });
  const failure = await promise;
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (failure === null) return;
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const command = [...assignments, script, ...args].join(' ');
  throw errors.hookScriptFailed(`internal error: Child process (${command}) ${failure}`, ErrorDomain.HOOK);
}
