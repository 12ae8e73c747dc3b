import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../harness/host.ts';
import { busyboxRoot } from '../harness/roots.ts';
import { normalise } from './normalise.ts';
import { openPython } from './python.ts';
import { type Step, readSteps } from './steps.ts';
import { openTrace } from './trace.ts';
import { openVirsh } from './virsh.ts';

export interface PlayedStep {
  readonly key: string;
  readonly section: string;
  /** What a person would see, normalised: the output, then the errors, then the exit status if it is not 0. */
  readonly outcome: string;
}

export interface Played {
  readonly steps: PlayedStep[];
  /** The numbers of the procedures that the clients called. */
  readonly procedures: ReadonlySet<number>;
}

/** Plays steps on a host: all of them, unless told otherwise. */
export async function play(host: Host, steps: readonly Step[] = readSteps()): Promise<Played> {
  const documents = join(host.directory, 'documents');
  const root = await busyboxRoot(join(host.directory, 'root'));
  const block = join(host.directory, 'block');
  await host.sandbox.mustRun('mknod', [block, 'b', '7', '200']);
  await host.sandbox.mustRun('ip', ['link', 'add', 'compare0', 'address', '52:54:00:7a:4e:01', 'type', 'bridge']);
  // What a pool reports of its file system's size is the same everywhere.
  const pools = join(host.directory, 'pools');
  await mkdir(pools);
  await host.sandbox.mustRun('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=755', 'pools', pools]);
  await using unmount = new AsyncDisposableStack();
  unmount.defer(async () => void (await host.sandbox.run('umount', ['--lazy', pools])));
  const given = { '@ROOT@': root, '@BLOCK@': block, '@POOLS@': pools };
  await fillIn(documents, given);
  const trace = openTrace(join(host.directory, 'trace.log'));
  const socket = host.uri.replace(/.*socket=/, '');
  const readOnlySocket = host.readOnlyUri.replace(/.*socket=/, '');
  const places = new Map([
    [readOnlySocket, 'READ-ONLY-SOCKET'],
    [socket, 'SOCKET'],
    [documents, 'DOC'],
    [block, 'BLOCK'],
    [root, 'ROOT'],
    [pools, 'POOLS'],
    [host.directory, 'DIRECTORY'],
  ]);
  await using python = openPython(host, [socket, readOnlySocket, documents], trace.environment);
  const virsh = openVirsh(host, documents, trace.environment);
  const played: PlayedStep[] = [];
  for (const run of runs(steps.map(step => ({ ...step, text: filledIn(step.text, given) })))) {
    const [first] = run;
    const outcomes = first?.client === 'python' ? [await python.evaluate(first.text)] : await virsh.run(run);
    for (const [index, { key, section }] of run.entries()) {
      played.push({ key, section, outcome: normalise(outcomes[index] ?? '', places) });
    }
  }
  return { steps: played, procedures: await trace.procedures() };
}

/** Neighbours that may share a virsh; all others alone. */
function runs(steps: readonly Step[]): Step[][] {
  const found: Step[][] = [];
  for (const step of steps) {
    const last = found.at(-1);
    const neighbour = last?.[0];
    const shared = step.client !== 'python' && neighbour?.client === step.client && !neighbour.alone && !step.alone;
    if (shared) last?.push(step);
    else found.push([step]);
  }
  return found;
}

async function fillIn(target: string, places: Readonly<Record<string, string>>): Promise<void> {
  const source = join(import.meta.dirname, 'documents');
  await mkdir(target);
  for (const name of await readdir(source)) {
    const text = await readFile(join(source, name), 'utf8');
    const file = join(target, name);
    await writeFile(file, filledIn(text, places));
    if (name.endsWith('.sh')) await chmod(file, 0o755);
  }
}

function filledIn(text: string, places: Readonly<Record<string, string>>): string {
  return text.replaceAll(/@[A-Z]+@/g, place => places[place] ?? place);
}
