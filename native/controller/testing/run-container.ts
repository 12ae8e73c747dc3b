import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, Outcome } from '../../launch/container.ts';
import { ControllerAhead } from '../../launch/controller-ahead.ts';
import { launch } from '../../launch/launch.ts';
import type { Plan } from '../../plan/plan.ts';
import { ConsoleReader } from './console-reader.ts';
import { testPlan } from './test-plan.ts';
import type { PlanChange } from './test-plan.ts';

/** Launches, with the controller's messages on this process's stderr or in `log`. */
export async function launchPlan(plan: Plan, pass: readonly number[] = [], log?: string): Promise<Container> {
  const fd = log === undefined ? openSync('/dev/null', 'w') : openSync(log, 'a');
  try {
    using controller = new ControllerAhead(plan.name, { log: fd, pass });
    return await launch(plan, controller);
  } finally {
    closeSync(fd);
  }
}

export const ended = (container: Container): Promise<Outcome> => new Promise(resolve => container.onExit(resolve));

/** A container that runs, and is killed at the end of its scope. */
export class RunningContainer {
  readonly container: Container;
  readonly #ended: Promise<Outcome>;

  private constructor(container: Container) {
    this.container = container;
    this.#ended = ended(container);
  }

  static async start(plan: Plan): Promise<RunningContainer> {
    const container = await launchPlan(plan);
    await container.run();
    return new RunningContainer(container);
  }

  /** The path of one of its consoles. */
  console(index = 0): string {
    const [path] = this.container.consoles.slice(index);
    if (path === undefined) throw new Error(`There is no console ${index}`);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.container.kill();
    await this.#ended;
  }
}

/** Runs a script to its end and returns what it printed on its console, with plain line ends. */
export async function scriptOutput(directory: string, script: string, change: PlanChange = {}): Promise<string> {
  await using running = await RunningContainer.start(
    testPlan(join(directory, 'root'), `${script}\necho END; cat`, change),
  );
  using reader = new ConsoleReader(running.console());
  const text = await reader.until(said => said.includes('END\r\n'));
  return text.slice(0, text.indexOf('END\r\n')).replaceAll('\r\n', '\n');
}
