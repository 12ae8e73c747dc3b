import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Host } from '../harness/host.ts';

/** evaluate.py on a host. */
export interface Python extends AsyncDisposable {
  /** The answer to one expression; they are evaluated in the order of the calls. */
  evaluate(text: string): Promise<string>;
}

export function openPython(host: Host, args: readonly string[], environment: Readonly<Record<string, string>>): Python {
  const [enter = 'env', ...prefix] = host.sandbox.prefix;
  const program = join(import.meta.dirname, 'evaluate.py');
  const child = spawn(enter, [...prefix, '/usr/bin/python3', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  return {
    evaluate(text) {
      const answer = last.then(async () => {
        child.stdin.write(`${text}\n`);
        const { value, done } = await answers.next();
        if (done === true) throw new Error(`the Python client ended at: ${text}`);
        return String(JSON.parse(value));
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await answers.next();
    },
  };
}
