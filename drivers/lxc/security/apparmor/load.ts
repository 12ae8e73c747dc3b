import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ErrorDomain } from '../../../contract/constants.ts';
import { errors, type LibvirtError } from '../../../contract/error.ts';

const REMOVE = '/sys/kernel/security/apparmor/.remove';

/** A profile is compiled in a fraction of a second; in ms. */
const LIMIT = 30_000;
/** The most that is kept of what the parser says, in characters. */
const OUTPUT_LIMIT = 4096;

/** Compiles a profile and gives it to the kernel, in place of one of the same name. Throws internalError. */
export async function loadProfile(name: string, text: string): Promise<void> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  const child = spawn('apparmor_parser', ['--replace', '--skip-cache', '--quiet'], {
    env: { LC_ALL: 'C', PATH },
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  // It need not read all that it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(text);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-OUTPUT_LIMIT);
  });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  child.on('error', error => resolve(error.message));
  child.on('close', code => resolve(code === 0 ? null : output.trim() || `apparmor_parser ended with ${code}`));
  const problem = await promise;
  if (problem !== null) throw notLoaded(name, problem);
}

function notLoaded(name: string, problem: string): LibvirtError {
  return errors.internalError(`cannot load AppArmor profile '${name}': ${problem}`, ErrorDomain.SECURITY);
}

/** Nothing of it need be there any more. */
export async function removeProfile(name: string): Promise<void> {
  if (!existsSync(REMOVE)) return;
  await writeFile(REMOVE, name).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
}
