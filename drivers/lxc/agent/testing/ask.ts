import type { DomainRef } from '../../../contract/domain.ts';
import { type DriverFixture, until } from '../../testing/driver-fixture.ts';

/** What an agent command answers. Rejects as the driver does. */
export async function ask(fixture: DriverFixture, ref: DomainRef, execute: string, args?: object): Promise<unknown> {
  const command = JSON.stringify(args === undefined ? { execute } : { execute, arguments: args });
  const answer: unknown = JSON.parse(await fixture.driver.domainQemuAgentCommand(ref, command, 30, 0));
  if (typeof answer === 'object' && answer !== null && 'return' in answer) return answer.return;
  throw new Error(`no answer: ${JSON.stringify(answer)}`);
}

/** The member of an answer; throws when there is none. */
export function member(answer: unknown, name: string): unknown {
  const value: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
  if (value === undefined) throw new Error(`no ${name} in ${JSON.stringify(answer)}`);
  return value;
}

/** How a program has ended, and what it wrote. */
export interface Ended {
  readonly exitcode?: number;
  readonly signal?: number;
  readonly out: string;
  readonly err: string;
  readonly truncated: boolean;
}

/** Runs a program in the container to its end. */
export async function run(fixture: DriverFixture, ref: DomainRef, args: object): Promise<Ended> {
  const pid = member(await ask(fixture, ref, 'guest-exec', { 'capture-output': true, ...args }), 'pid');
  let status: unknown;
  await until('the program has ended', async () => {
    status = await ask(fixture, ref, 'guest-exec-status', { pid });
    return member(status, 'exited') === true;
  });
  const of = (name: string): unknown =>
    typeof status === 'object' && status !== null ? Reflect.get(status, name) : null;
  const text = (name: string): string => decoded(of(name));
  const number = (name: string): object => (typeof of(name) === 'number' ? { [name]: of(name) } : {});
  return {
    ...number('exitcode'),
    ...number('signal'),
    out: text('out-data'),
    err: text('err-data'),
    truncated: of('out-truncated') === true,
  };
}

/** The same for a script. */
export const sh = (fixture: DriverFixture, ref: DomainRef, script: string): Promise<Ended> =>
  run(fixture, ref, { path: '/bin/sh', arg: ['-c', script] });

const decoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : '', 'base64').toString();
