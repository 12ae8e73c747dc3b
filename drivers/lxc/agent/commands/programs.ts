import type { Writable } from 'node:stream';
import { AgentCommandFailed, reworded } from '../session/agent-failure.ts';
import { ProgramRun, type Output } from '../session/program-run.ts';
import type { CommandTable } from './command.ts';

/** Where programs are looked for, and what they get when the client names nothing. */
const ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/** Bytes of arguments and environment together, each word with its end. */
const WORDS_MAX = 131_072;

interface Capture {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

const both: Capture = { stdout: true, stderr: true };
const none: Capture = { stdout: false, stderr: false };

/** Protocols of before there were words have a flag. Both streams in one ("merged") is not among them. */
const captures = new Map<unknown, Capture>([
  [false, none],
  [true, both],
  ['none', none],
  ['stdout', { stdout: true, stderr: false }],
  ['stderr', { stdout: false, stderr: true }],
  ['separated', both],
]);

/** Programs of the container. */
export const programs = {
  'guest-exec': args => {
    const path = args.path('path');
    const argv = [path, ...args.listOr('arg', [])];
    const env = args.listOr('env', ENVIRONMENT);
    const input = args.base64Or('input-data', null);
    const capture = args.choiceOr('capture-output', captures, none);
    requireWords([...argv, ...env]);
    return async session => {
      session.programs.requireRoom();
      const guest = await session.guest();
      try {
        const request = { argv, env, directory: '/', user: null, stdin: input !== null, ...capture };
        const process = await guest.exec(request);
        session.programs.add(new ProgramRun(process));
        if (input !== null && process.stdin !== null) feed(process.stdin, input);
        return { pid: process.pid };
      } catch (error) {
        throw reworded(error, reason => `Guest agent command failed, error was '${notStarted(path, reason)}'`);
      }
    };
  },
  'guest-exec-status': args => {
    const pid = args.integer('pid');
    return session => {
      const result = session.programs.ask(pid);
      if (result === null) return { exited: false };
      const { status, signal, stdout, stderr } = result;
      return {
        exited: true,
        exitcode: status ?? undefined,
        signal: signal ?? undefined,
        ...outputOf('out', stdout),
        ...outputOf('err', stderr),
      };
    };
  },
} as const satisfies CommandTable;

const notStarted = (path: string, reason: string): string => `Failed to execute child process “${path}” (${reason})`;

/** What a program can be given. */
function requireWords(words: readonly string[]): void {
  if (words.some(word => word.includes('\0')))
    throw new AgentCommandFailed('Invalid parameter: a word has a zero byte');
  const size = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
  if (size > WORDS_MAX) throw new AgentCommandFailed('Invalid parameter: arguments and environment are too long');
}

/** A program need not read what it is given. */
function feed(stdin: Writable, input: Buffer): void {
  stdin.on('error', () => undefined);
  stdin.end(input);
}

/** Only a stream that something was written to is told of. */
function outputOf(name: 'out' | 'err', output: Output | null): Record<string, string | boolean> {
  if (output === null || (output.data.length === 0 && !output.truncated)) return {};
  return {
    [`${name}-data`]: output.data.toString('base64'),
    ...(output.truncated ? { [`${name}-truncated`]: true } : {}),
  };
}
