import { execFile } from 'node:child_process';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** An address from a server far away may take its time. */
const TIME_LIMIT = 120_000;
const OUTPUT_LIMIT = 64 * 1024;
const SHOWN = 1000;

/** Runs a program of the host to its end. Throws operationFailed with what it said. */
export function runProgram(program: string, args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = { timeout: TIME_LIMIT, maxBuffer: OUTPUT_LIMIT, killSignal: 'SIGKILL', cwd: '/' } as const;
  const child = execFile(program, args, options, (error, _stdout, stderr) => {
    if (error === null) return resolve();
    const said = stderr.trim().slice(-SHOWN) || error.message.slice(0, SHOWN);
    reject(errors.operationFailed(`${program} failed: ${said}`, ErrorDomain.INTERFACE, { cause: error }));
  });
  child.stdin?.end();
  return promise;
}
