import { runToEnd } from '../../../native/tools/run-to-end.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** An address from a server far away may take its time; in ms. */
const TIME_LIMIT = 120_000;
/** Of what it said, in characters: the last of many lines say why. */
const SAID_MAX = 1000;

/** Runs one of the host's programs that configure links. Throws operationFailed with what it said. */
export async function runProgram(program: string, args: readonly string[]): Promise<void> {
  const { status, complaint } = await runToEnd(program, args, { timeLimit: TIME_LIMIT });
  if (status === 0) return;
  const said = complaint.trim().slice(-SAID_MAX) || `exit status ${status}`;
  throw errors.operationFailed(`${program} failed: ${said}`, ErrorDomain.INTERFACE);
}
