import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { memoryFile } from '../../../native/ffi/memfd.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';

/** The program that keeps definitions of mediated devices, and makes them. */
const PROGRAM = 'mdevctl';
/** Milliseconds. Making a device asks a driver, which may ask its hardware. */
const TIME_LIMIT = 60_000;
const OUTPUT_MAX = 8 * 1024 * 1024;
const ERROR_MAX = 2048;

export interface MdevctlCall {
  readonly args: readonly string[];
  /** What it is told in JSON: a device's type and attributes. */
  readonly json?: object;
  /** Begins the error: "Unable to define mediated device". */
  readonly failure: string;
}

/** What the program prints. Throws systemError when the host does not have it, internalError with its own words when it fails. */
export async function mdevctl({ args, json, failure }: MdevctlCall): Promise<string> {
  // It opens what it reads by name, which a pipe of Node's has not.
  const input = json === undefined ? null : memoryFile(PROGRAM, Buffer.from(JSON.stringify(json)));
  try {
    const jsonArgs = input === null ? [] : ['--jsonfile', '/dev/stdin'];
    const child = spawn(PROGRAM, [...args, ...jsonArgs], {
      stdio: [input ?? 'ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT,
      killSignal: 'SIGKILL',
    });
    const status = new Promise<number | null>((resolve, reject) => {
      child.once('error', error => reject(cannotRun(error)));
      child.once('close', resolve);
    });
    const [output, problem, code] = await Promise.all([
      textOf(child.stdout, OUTPUT_MAX),
      textOf(child.stderr, ERROR_MAX),
      status,
    ]);
    if (code === 0) return output;
    throw errors.internalError(`${failure}: ${problem.trim() || 'no answer'}`, ErrorDomain.NODEDEV);
  } finally {
    if (input !== null) closeSync(input);
  }
}

function cannotRun(error: Error): LibvirtError {
  const missing = 'code' in error && error.code === 'ENOENT';
  return missing
    ? errors.systemError(`Cannot find '${PROGRAM}' in path: No such file or directory`, ErrorDomain.NONE, { int1: 2 })
    : errors.internalError(`${PROGRAM} cannot be run: ${error.message}`, ErrorDomain.NODEDEV, { cause: error });
}

/** What goes beyond the limit is read and dropped. */
async function textOf(stream: Readable | null, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let room = limit;
  for await (const part of stream ?? []) {
    if (!Buffer.isBuffer(part) || room <= 0) continue;
    parts.push(part.subarray(0, room));
    room -= part.length;
  }
  return Buffer.concat(parts).toString('utf8');
}
