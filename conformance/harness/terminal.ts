import { spawn } from 'node:child_process';
import type { Sandbox } from './sandbox.ts';
import { until } from './until.ts';

/** A program under a pseudo-terminal, driven as a person would: read until something shows, then type. */
export interface Terminal extends Disposable {
  /** Everything shown since the start. */
  readonly shown: string;
  /** Waits until what was shown since the last match matches; returns the match and moves past it. */
  expect(pattern: RegExp, deadline?: number): Promise<RegExpExecArray>;
  type(text: string): void;
  /** Waits for the program's end; returns its exit status. */
  ended(deadline?: number): Promise<number>;
}

export function openTerminal(sandbox: Sandbox, command: readonly string[]): Terminal {
  const line = [...sandbox.prefix, ...command].map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    env: { ...process.env, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let from = 0;
  let status: number | null = null;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  child.stdin.on('error', () => undefined);
  child.on('close', code => (status = code ?? 128));
  return {
    get shown() {
      return shown;
    },
    async expect(pattern, deadline) {
      const match = await until(
        `${command.join(' ')} shows ${pattern}`,
        () => pattern.exec(shown.slice(from)) ?? gaveUp(),
        deadline,
      ).catch((error: unknown) => {
        throw new Error(`no ${pattern}; shown so far: ${JSON.stringify(shown.slice(-2000))}`, { cause: error });
      });
      from += match.index + match[0].length;
      return match;
    },
    type: text => void child.stdin.write(text),
    ended: deadline =>
      until(`the end of ${command.join(' ')}`, () => (status === null ? null : { status }), deadline).then(
        end => end.status,
      ),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };

  function gaveUp(): null {
    if (status !== null) throw new Error(`${command.join(' ')} ended with status ${status}`);
    return null;
  }
}
