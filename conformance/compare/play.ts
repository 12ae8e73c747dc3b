import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Host } from '../harness/host.ts';
import { busyboxRoot } from '../harness/roots.ts';
import { normalise } from './normalise.ts';
import { type Step, readSteps } from './steps.ts';

export interface PlayedStep {
  readonly key: string;
  readonly section: string;
  /** What a person would see, normalised: the output, then the errors, then the exit status if it is not 0. */
  readonly outcome: string;
}

/** Plays all steps on a host, one after the other. */
export async function play(host: Host): Promise<PlayedStep[]> {
  const documents = join(host.directory, 'documents');
  const root = await busyboxRoot(join(host.directory, 'root'));
  await fillIn(documents, root);
  const socket = host.uri.replace(/.*socket=/, '');
  const readOnlySocket = host.readOnlyUri.replace(/.*socket=/, '');
  const places = new Map([
    [readOnlySocket, 'READ-ONLY-SOCKET'],
    [socket, 'SOCKET'],
    [documents, 'DOC'],
    [root, 'ROOT'],
    [host.directory, 'DIRECTORY'],
  ]);
  await using python = openPython(host, [socket, readOnlySocket]);
  const played: PlayedStep[] = [];
  for (const step of readSteps()) {
    const outcome = step.client === 'python' ? await python.evaluate(step.text) : await runVirsh(host, step, documents);
    played.push({ key: step.key, section: step.section, outcome: normalise(outcome, places) });
  }
  return played;
}

async function fillIn(target: string, root: string): Promise<void> {
  const source = join(import.meta.dirname, 'documents');
  await mkdir(target);
  for (const name of await readdir(source)) {
    const text = await readFile(join(source, name), 'utf8');
    await writeFile(join(target, name), text.replaceAll('@ROOT@', root));
  }
}

async function runVirsh(host: Host, step: Step, documents: string): Promise<string> {
  const uri = step.client === 'read-only' ? host.readOnlyUri : host.uri;
  const options = step.client === 'read-only' ? ['-r'] : [];
  const words = step.text.replaceAll('DOC/', `${documents}/`).split(' ');
  const { status, stdout, stderr } = await host.sandbox.run('virsh', [...options, '-c', uri, ...words]);
  return `${stdout}${stderr}${status === 0 ? '' : `status ${status}\n`}`;
}

function openPython(
  host: Host,
  sockets: readonly string[],
): AsyncDisposable & { evaluate(text: string): Promise<string> } {
  const [enter = 'env', ...prefix] = host.sandbox.prefix;
  const program = join(import.meta.dirname, 'evaluate.py');
  const child = spawn(enter, [...prefix, '/usr/bin/python3', program, ...sockets], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async evaluate(text) {
      child.stdin.write(`${text}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`the Python client ended at: ${text}`);
      return String(JSON.parse(value));
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await answers.next();
    },
  };
}
