import { readFileSync } from 'node:fs';

export interface Step {
  /** Section and text; a number when it comes more than once in its section. Known differences are named by it. */
  readonly key: string;
  readonly section: string;
  readonly client: 'virsh' | 'read-only' | 'python';
  readonly text: string;
}

/** The steps of steps.txt, in order. */
export function readSteps(): Step[] {
  const steps: Step[] = [];
  const seen = new Map<string, number>();
  let section = '';
  for (const line of readFileSync(new URL('steps.txt', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    const [, client, text = ''] = /^(virsh|read-only|python) (.*)$/.exec(line) ?? [];
    if (client !== 'virsh' && client !== 'read-only' && client !== 'python') continue;
    const name = `${section}: ${client} ${text.trim()}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    steps.push({ key: count === 1 ? name : `${name} (${count})`, section, client, text: text.trim() });
  }
  return steps;
}
