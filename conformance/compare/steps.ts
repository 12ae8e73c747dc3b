import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const STEPS = join(import.meta.dirname, 'steps');

type Client = 'virsh' | 'read-only' | 'python';

export interface Step {
  /** Section and text; a number when it comes more than once in its section. Known differences are named by it. */
  readonly key: string;
  readonly section: string;
  readonly client: Client;
  readonly text: string;
  /** It has a virsh of its own, whose exit status counts. */
  readonly alone: boolean;
  /** Its output describes the machine: only errors and the exit status count. */
  readonly quiet: boolean;
}

/** All steps, in order: of the numbered files of steps/, and of those that they include. steps/README.md has the format. */
export function readSteps(): Step[] {
  const seen = new Map<string, number>();
  const steps: Step[] = [];
  for (const file of readdirSync(STEPS)
    .filter(name => /^\d/.test(name))
    .toSorted()) {
    let section = '';
    for (const line of lines(file)) {
      if (line.startsWith('## ')) section = line.slice(3);
      for (const step of parse(line)) {
        const name = `${section}: ${step.client} ${step.text}`;
        const count = (seen.get(name) ?? 0) + 1;
        seen.set(name, count);
        const key = count === 1 ? name : `${name} (${count})`;
        steps.push({ key, section, ...step });
      }
    }
  }
  return steps;
}

function lines(file: string): string[] {
  return readFileSync(join(STEPS, file), 'utf8').split('\n');
}

/** The steps that a line stands for: one, those of an included file, or none. */
function parse(line: string): Omit<Step, 'key' | 'section'>[] {
  const include = /^each (\S+) (virsh|read-only) (\S+)$/.exec(line);
  if (include === null) return stepOf(line);
  const [, file = '', client, domain = ''] = include;
  const object = client === 'read-only' ? `readonly.lookupByName('${domain}')` : `dom('${domain}')`;
  return lines(file)
    .map(text => (client === 'read-only' ? text.replace(/^(alone |quiet )?virsh /, '$1read-only ') : text))
    .flatMap(text => stepOf(text.replaceAll('NAME', domain).replaceAll('in_state()', object)));
}

function stepOf(line: string): Omit<Step, 'key' | 'section'>[] {
  const [, how, client, text = ''] = /^(alone |quiet )?(virsh|read-only|python) (.*)$/.exec(line) ?? [];
  if (client !== 'virsh' && client !== 'read-only' && client !== 'python') return [];
  return [{ client, text: text.trim(), alone: how === 'alone ' || /^[A-Z]+=/.test(text), quiet: how === 'quiet ' }];
}
