import type { Outcome } from '../../../native/launch/container.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { startDomain } from '../start/start.ts';
import { leaveProcess, shutOff } from './leave.ts';
import { judge } from './verdict.ts';

/** Containers that end as soon as they start are not restarted for ever: at most this often within that time (ms). */
const RESTART_LIMIT = { count: 10, within: 10_000 } as const;

/** Follows a container until it ends, and does what its definition says then. */
export function watchEnd(context: LxcContext, domain: LxcDomain, process: ContainerProcess): void {
  process.exited
    .then(outcome =>
      context.jobs.follow(domain, async (_, signal) => {
        // A call that destroyed it has cleaned up already.
        if (context.processes.of(domain) === process) await ended(context, domain, process, outcome, signal);
      }),
    )
    .catch((error: unknown) =>
      context.log.error({ domain: domain.name, error }, "A container's end could not be handled"),
    );
}

async function ended(
  context: LxcContext,
  domain: LxcDomain,
  process: ContainerProcess,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  const { restart, reason } = judge(outcome, process.stopCause, domain.definition);
  context.log.info({ domain: domain.name, outcome, cause: process.stopCause }, 'A container has ended');
  await leaveProcess(context, domain, process, signal);
  if (!restart || restartsTooOften(process)) return shutOff(context, domain, reason);
  await restartInPlace(context, domain, process, signal);
}

function restartsTooOften({ restarts }: ContainerProcess): boolean {
  const since = performance.now() - RESTART_LIMIT.within;
  return restarts.filter(time => time > since).length >= RESTART_LIMIT.count;
}

/** The container comes back as it was started, under a new id; a new definition waits for the next real start. */
async function restartInPlace(
  context: LxcContext,
  domain: LxcDomain,
  previous: ContainerProcess,
  signal: AbortSignal,
): Promise<void> {
  const request = { files: [], autodestroy: previous.caller };
  domain.definition = previous.source;
  try {
    const process = await startDomain(context, domain, request, signal);
    process.restarts = [...previous.restarts, performance.now()].slice(-RESTART_LIMIT.count);
  } catch (error) {
    context.log.error({ domain: domain.name, error }, 'A container could not be restarted');
    return shutOff(context, domain, 'failed');
  }
  context.events.emit({ kind: 'reboot', domain: domainRef(domain) });
}
