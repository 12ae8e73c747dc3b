import type { Outcome } from '../../../native/launch/container.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { startDomain } from '../start/start.ts';
import { leaveProcess, shutOff, type StopReason } from './leave.ts';
import { judge, type Verdict } from './verdict.ts';

/** A run of less than this counts as ended at once, in ms; so many in a row are enough. */
const SHORT_RUN = 5_000;
const SHORT_RUNS = 10;

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
  context.log.info({ domain: domain.name, outcome, cause: process.stopCause }, 'A container has ended');
  const shortRuns = performance.now() - process.startedAt < SHORT_RUN ? process.shortRuns + 1 : 0;
  await leaveProcess(context, domain, process, signal);
  const verdict = (staysDown: boolean): Verdict => judge(outcome, process.stopCause, domain.definition, staysDown);
  const { restart, reason } = verdict(process.staysDown.signal.aborted);
  if (!restart || shortRuns > SHORT_RUNS) return shutOff(context, domain, reason);
  const interrupted = verdict(true).restart ? signal : AbortSignal.any([signal, process.staysDown.signal]);
  await restartInPlace(context, domain, process, shortRuns, interrupted).catch((error: unknown) =>
    context.log.error({ domain: domain.name, error }, 'A container could not be restarted'),
  );
}

/**
 * A container that has ended and been left comes back as it was started, under a new id; a new definition waits for the
 * next real start. When it rejects, the domain is shut off.
 */
export async function restartInPlace(
  context: LxcContext,
  domain: LxcDomain,
  previous: ContainerProcess,
  shortRuns: number,
  signal: AbortSignal,
): Promise<void> {
  context.audit.stopped(domain.definition, 'shutdown');
  const request = { files: [], autodestroy: previous.caller };
  domain.definition = previous.source;
  try {
    const process = await startDomain(context, domain, request, signal);
    process.shortRuns = shortRuns;
  } catch (error) {
    shutOff(context, domain, failureReason(previous, signal));
    throw error;
  }
  context.events.emit({ kind: 'reboot', domain: domainRef(domain) });
}

/** A restart that somebody broke off has not failed. */
function failureReason({ staysDown }: ContainerProcess, { aborted }: AbortSignal): StopReason {
  if (!aborted) return 'failed';
  return staysDown.signal.aborted ? 'shutdown' : 'destroyed';
}
