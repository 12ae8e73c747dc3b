import { constants } from 'node:os';
import type { Outcome } from '../../../native/launch/container.ts';
import type { DomainDefinition, LifecycleAction } from '../../xml/domain/definition.ts';
import type { StopCause } from '../process/container-process.ts';
import type { StopReason } from './leave.ts';

/** Signals that ask a program to end: dying of one is no crash. */
const requests: readonly number[] = [constants.signals.SIGHUP, constants.signals.SIGINT, constants.signals.SIGTERM];

/** What follows from a container's end. */
export interface Verdict {
  readonly restart: boolean;
  /** How it counts as stopped, if it is not restarted. */
  readonly reason: StopReason;
}

/**
 * Which of a container's three actions its end calls for: `<on_poweroff>`, `<on_reboot>` or `<on_crash>`. What was
 * asked of it by a client goes before what its exit looks like, since a program that does not listen is killed; with
 * `staysDown` a reboot counts as the shutdown that was asked for later.
 */
export function judge(
  outcome: Outcome,
  cause: StopCause | null,
  definition: DomainDefinition,
  staysDown = false,
): Verdict {
  const { onPoweroff, onReboot, onCrash } = definition;
  if (cause === 'destroyed') return { restart: false, reason: 'destroyed' };
  if (cause === 'reboot' || (cause === null && outcome.how === 'reboot'))
    return { restart: restarts(staysDown ? onPoweroff : onReboot), reason: 'shutdown' };
  if (outcome.how === 'lost') return { restart: false, reason: 'failed' };
  if (cause === null && outcome.how === 'signal' && !requests.includes(outcome.signal))
    return { restart: restarts(onCrash), reason: 'crashed' };
  return { restart: restarts(onPoweroff), reason: 'shutdown' };
}

/** There is nothing to preserve of a container without processes, nor is it dumped: it is destroyed then. */
function restarts(action: LifecycleAction): boolean {
  return action === 'restart' || action === 'rename-restart' || action === 'coredump-restart';
}
