import type { Host } from '../harness/host.ts';
import type { Outcome } from '../harness/run.ts';
import type { Step } from './steps.ts';

export interface Virsh {
  /** The outcomes of steps of one client, in order. More than one step shares a virsh. */
  run(steps: readonly Step[]): Promise<string[]>;
}

/** Printed after every command of a shared virsh, to both of its outputs. */
const MARK = 'end-of-step';

export function openVirsh(host: Host, documents: string, environment: Readonly<Record<string, string>>): Virsh {
  const start = (client: Step['client'], args: readonly string[], env = {}): Promise<Outcome> => {
    const options = client === 'read-only' ? ['-r', '-c', host.readOnlyUri] : ['-c', host.uri];
    return host.sandbox.run('virsh', [...options, ...args], { env: { ...environment, ...env }, deadline: 300_000 });
  };

  const alone = async (step: Step): Promise<string> => {
    const words = step.text.replaceAll('DOC/', `${documents}/`).split(' ');
    const command = words.findIndex(word => !/^[A-Z]+=/.test(word));
    const variables = words.slice(0, command).map(word => /^([A-Z]+)=(.*)/.exec(word)?.slice(1) ?? []);
    const { status, stdout, stderr } = await start(step.client, words.slice(command), Object.fromEntries(variables));
    return outcome(step, stdout, stderr, status);
  };

  const run = async (steps: readonly Step[]): Promise<string[]> => {
    const [first, ...others] = steps;
    if (first === undefined) return [];
    if (others.length === 0) return [await alone(first)];
    const commands = steps.map(({ text }) => `${text}; echo ${MARK}; echo --err ${MARK}`).join('; ');
    const { stdout, stderr } = await start(first.client, [commands.replaceAll('DOC/', `${documents}/`)]);
    const outputs = stdout.split(`${MARK}\n\n`).slice(0, -1);
    const errors = stderr.split(`error: ${MARK}\n`).slice(0, -1);
    if (outputs.length === steps.length) {
      return steps.map((step, index) => {
        const error = errors[index] ?? '';
        return outcome(step, outputs[index] ?? '', error, /^error:/m.test(error) ? 1 : 0);
      });
    }
    if (outputs.length > 0) throw new Error(`virsh ended after: ${steps[outputs.length]?.text}`);
    // One that virsh cannot parse keeps all from being run.
    const half = steps.length >> 1;
    return [...(await run(steps.slice(0, half))), ...(await run(steps.slice(half)))];
  };
  return { run };
}

function outcome({ quiet }: Step, stdout: string, stderr: string, status: number): string {
  return `${quiet ? '' : stdout}${stderr}${status === 0 ? '' : `status ${status}\n`}`;
}
