import { findTool } from '../../../native/tools/find-tool.ts';
import { runToEnd, type ToolRun } from '../../../native/tools/run-to-end.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** In ms. */
const TIME_LIMIT = 60_000;
/** lvm's programs complain of the descriptors that they inherit. */
const env = { LVM_SUPPRESS_FD_WARNINGS: '1' };

export interface ProgramRun extends ToolRun {
  /** Exit statuses that are no failures; 0 unless given. */
  readonly statuses?: readonly number[];
}

export interface ProgramResult {
  readonly status: number;
  readonly output: string;
}

/**
 * Runs a program of the host, for a minute at the most unless given. Throws configUnsupported when there is none of that
 * name, and internalError with what it said when it fails, as libvirt words it.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { statuses = [0], ...run }: ProgramRun = {},
): Promise<ProgramResult> {
  const path = findTool(name);
  if (path === null) throw errors.configUnsupported(`the program ${name} is not installed`, ErrorDomain.STORAGE);
  const { status, output, complaint } = await runToEnd(path, args, { timeLimit: TIME_LIMIT, env, ...run });
  if (typeof status === 'number' && statuses.includes(status)) return { status, output };
  const how = typeof status === 'number' ? `unexpected exit status ${status}` : `ended by ${status}`;
  throw errors.internalError(`Child process (${[path, ...args].join(' ')}) ${how}: ${complaint}`, ErrorDomain.NONE);
}
