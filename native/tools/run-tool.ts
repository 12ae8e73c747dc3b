import { runToEnd, type ToolRun } from './run-to-end.ts';

/** Of what a tool says of its failure, in characters: the first of many lines say why. */
const SAID_MAX = 1_000;

/** What a tool of the host said of a failure; `code` is ENOENT where there is no such tool. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: string;

  constructor(tool: string, code: string, said: string) {
    super(`${tool}: ${said.trim() === '' ? code : said.trim().slice(0, SAID_MAX)}`);
    this.code = code;
  }
}

/** Runs a program of the host. Returns what it printed. Throws ToolError when it fails or is not there. */
export async function runTool(tool: string, args: readonly string[], run: ToolRun = {}): Promise<string> {
  const { status, output, complaint } = await runToEnd(tool, args, run);
  if (status === 0) return output;
  const code = typeof status === 'number' ? `exit status ${status}` : status;
  throw new ToolError(tool, code, complaint || output);
}
