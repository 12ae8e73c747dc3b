import { closeSync } from 'node:fs';
import { memoryFile } from '../../../native/ffi/memfd.ts';
import { runToEnd } from '../../../native/tools/run-to-end.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** The program that keeps definitions of mediated devices, and makes them. */
const PROGRAM = 'mdevctl';
/** Milliseconds. Making a device asks a driver, which may ask its hardware. */
const TIME_LIMIT = 60_000;
/** Of what it says of a failure, in characters. */
const SAID_MAX = 2048;

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
    const { status, output, complaint } = await (input === null
      ? runToEnd(PROGRAM, args, { timeLimit: TIME_LIMIT })
      : runToEnd(PROGRAM, [...args, '--jsonfile', '/dev/stdin'], { timeLimit: TIME_LIMIT, input }));
    if (status === 0) return output;
    if (status === 'ENOENT')
      throw errors.systemError(`Cannot find '${PROGRAM}' in path: No such file or directory`, ErrorDomain.NONE, {
        int1: 2,
      });
    throw errors.internalError(
      `${failure}: ${complaint.trim().slice(0, SAID_MAX) || 'no answer'}`,
      ErrorDomain.NODEDEV,
    );
  } finally {
    if (input !== null) closeSync(input);
  }
}
