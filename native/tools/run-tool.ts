import { spawn } from 'node:child_process';

/** How long one of the host's tools may take, in ms, and how much it may say, in bytes. */
const TIME_LIMIT = 30_000;
const OUTPUT_LIMIT = 64 * 1024 * 1024;
/** Of what a tool says of its failure, in characters: the first of many lines say why. */
const SAID_MAX = 1_000;

/** Where the host's own programs are: whoever started the daemon may look elsewhere first. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a tool of the host said of a failure; `code` is ENOENT where there is no such tool. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: string;

  constructor(tool: string, code: string, said: string) {
    super(`${tool}: ${said.trim() === '' ? code : said.trim().slice(0, SAID_MAX)}`);
    this.code = code;
  }
}

export interface ToolRun {
  /** Standard input. */
  readonly input?: string;
}

/** Runs a program with its messages in English. Returns what it printed. Throws ToolError when it fails or is not there. */
export async function runTool(tool: string, args: readonly string[], { input = '' }: ToolRun = {}): Promise<string> {
  const child = spawn(tool, args, { timeout: TIME_LIMIT, killSignal: 'SIGKILL', env: { PATH, LC_ALL: 'C' } });
  const [output, said] = [gather(child.stdout), gather(child.stderr)];
  // one that ends without reading says why by its status
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(new ToolError(tool, error.code ?? '', error.message)));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  if (status !== 0) throw new ToolError(tool, `exit status ${status}`, said.text() || output.text());
  return output.text();
}

function gather(stream: NodeJS.ReadableStream): { text(): string } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_LIMIT) chunks.push(chunk);
  });
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}
