import { readFileSync } from 'node:fs';
import { remote } from '../../protocol/programs/remote.ts';
import type { Outcome } from '../harness/run.ts';
import type { Step } from './steps.ts';

/** commands.json: which commands of virsh have to be among the steps. */
interface Commands {
  readonly inEveryState: readonly string[];
  readonly anywhere: readonly string[];
  /** What is missing for a reason, as it is reported here. */
  readonly leftOut: Readonly<Record<string, string>>;
}

const STATES = ['shut off', 'running', 'paused', 'transient', 'on a read-only connection'] as const;

/** The procedures that the peer's driver has (procedures.txt) and that no client called. */
export function uncalledProcedures(called: ReadonlySet<number>): string[] {
  const numbers = new Map(Object.entries(remote.procedures).map(([name, { number }]) => [name, number]));
  return file('procedures.txt')
    .trim()
    .split('\n')
    .filter(name => !called.has(numbers.get(name) ?? -1));
}

/** Commands, states and options of commands without a step, but for those that are left out for a reason. */
export async function missingSteps(
  steps: readonly Step[],
  virsh: (...args: string[]) => Promise<Outcome>,
): Promise<string[]> {
  const { inEveryState, anywhere, leftOut }: Commands = JSON.parse(file('commands.json'));
  const uses = Map.groupBy(
    steps.filter(({ client }) => client !== 'python'),
    ({ text }) => text.split(' ').find(word => !word.includes('=')) ?? '',
  );
  const commands = [...inEveryState, ...anywhere];
  const { stdout: help } = await virsh(commands.map(command => `help ${command}`).join('; '));
  const missing = inEveryState.flatMap(command => missingStates(command, uses.get(command) ?? []));
  for (const command of commands) {
    const texts = (uses.get(command) ?? []).map(({ text }) => text);
    if (texts.length === 0) missing.push(command);
    const options = optionsOf(command, help);
    missing.push(...options.filter(option => !texts.some(text => has(text, option))).map(one => `${command} ${one}`));
  }
  return missing.filter(one => !(one in leftOut));
}

function missingStates(command: string, uses: readonly Step[]): string[] {
  return STATES.filter(state => !uses.some(({ section }) => section.endsWith(`, ${state}`))).map(
    state => `${command}, ${state}`,
  );
}

/** The options that have to be named; those whose names may be left away are in brackets in virsh's help. */
function optionsOf(command: string, help: string): string[] {
  const [, page = ''] = help.split(`  NAME\n    ${command} - `);
  const [own = ''] = page.split('  NAME\n');
  return [...own.matchAll(/^ {4}(--\S+) /gm)].map(([, option = '']) => option);
}

function has(text: string, option: string): boolean {
  return text.split(' ').some(word => word === option || word.startsWith(`${option}=`));
}

function file(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
