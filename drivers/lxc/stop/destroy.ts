import { DomainState } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { thawAtEnd } from '../agent/changes/thaw-at-end.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { leaveProcess, shutOff } from './leave.ts';
import { within } from './within.ts';

/** How long processes may take to die of SIGKILL, in ms: only ones that wait for a device do not die at once. */
const KILL_LIMIT = 30_000;

/** Ends a container at once, whatever its job does. Throws operationInvalid when the domain does not run. */
export async function destroyDomain(context: LxcContext, domain: LxcDomain): Promise<void> {
  const { jobs, processes } = context;
  if (!processes.starting.has(domain)) processes.running(domain);
  await jobs.interrupt(domain, async (domain, signal) => {
    const process = processes.of(domain);
    // The job that was broken off has ended it, or never started it.
    if (process === null) return;
    await thawAtEnd(context, domain, process);
    await killContainer(domain, process);
    await leaveProcess(context, domain, process, signal);
    shutOff(context, domain, 'destroyed');
  });
}

/** Ends a container's processes at once. Throws internalError for some that do not die. */
export async function killContainer(domain: LxcDomain, process: ContainerProcess): Promise<void> {
  const { container, cgroup, exited } = process;
  process.stopCause = 'destroyed';
  container.kill();
  // What is frozen in a v1 hierarchy dies once it is thawed.
  if (domain.state === DomainState.PAUSED) await cgroup.kill(KILL_LIMIT);
  if ((await within(exited, KILL_LIMIT)) === null) throw errors.internalError('Some processes refused to die');
}

/** Has the domain destroyed when the connection of the process's caller ends, if it has one. */
export function destroyWithCaller(context: LxcContext, domain: LxcDomain, process: ContainerProcess): void {
  process.bindToCaller(() => {
    if (context.processes.of(domain) !== process) return;
    destroyDomain(context, domain).catch((error: unknown) =>
      context.log.error({ domain: domain.name, error }, 'A domain could not be destroyed with its client'),
    );
  });
}
