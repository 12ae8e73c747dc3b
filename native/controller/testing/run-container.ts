import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, Outcome } from '../../launch/container.ts';
import { launch } from '../../launch/launch.ts';
import type { Plan } from '../../plan/plan.ts';
import { ConsoleReader } from './console-reader.ts';
import { testPlan } from './test-plan.ts';
import type { PlanChange } from './test-plan.ts';

/** Launches, with the controller's messages on this process's stderr or in `log`. */
export async function launchPlan(plan: Plan, pass: readonly number[] = [], log?: string): Promise<Container> {
  const fd = log === undefined ? openSync('/dev/null', 'w') : openSync(log, 'a');
  try {
    return await launch(plan, { log: fd, pass });
  } finally {
    closeSync(fd);
  }
}

export const ended = (container: Container): Promise<Outcome> => new Promise(resolve => container.onExit(resolve));

/** Runs a script to its end and returns what it printed on its console, with plain line ends. */
export async function scriptOutput(directory: string, script: string, change: PlanChange = {}): Promise<string> {
  const container = await launchPlan(testPlan(join(directory, 'root'), `${script}\necho END; cat`, change));
  try {
    const [path = ''] = container.consoles;
    using reader = new ConsoleReader(path);
    await container.run();
    const text = await reader.until(said => said.includes('END\r\n'));
    return text.slice(0, text.indexOf('END\r\n')).replaceAll('\r\n', '\n');
  } finally {
    const exit = container.outcome === null && container.running ? ended(container) : null;
    container.kill();
    await exit;
  }
}
