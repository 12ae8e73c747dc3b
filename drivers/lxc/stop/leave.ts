import { DomainShutoffReason, DomainState } from '../../contract/constants.ts';
import { thawAtEnd } from '../agent/changes/thaw-at-end.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { lifecycleEvent } from '../lifecycle-events.ts';
import { releasePorts } from '../network/network-port.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { withdrawLabel } from '../security/withdraw-label.ts';
import { endingHooks } from './ending-hooks.ts';
import { removeLeftCgroup } from './left-cgroup.ts';

/** How a domain can have stopped, as its event is called, with the reason that its state keeps. */
const shutoffReasons = {
  shutdown: DomainShutoffReason.SHUTDOWN,
  destroyed: DomainShutoffReason.DESTROYED,
  crashed: DomainShutoffReason.CRASHED,
  failed: DomainShutoffReason.FAILED,
} as const;
export type StopReason = keyof typeof shutoffReasons;

/** Cleans up after a container that has ended. The domain counts as running until it is shut off or runs again. */
export async function leaveProcess(
  context: LxcContext,
  domain: LxcDomain,
  process: ContainerProcess,
  signal: AbortSignal,
): Promise<void> {
  process.leaveCaller();
  process.container.detach();
  if (process.container.outcome?.how === 'lost') await removeLeftCgroup(context, domain.name, process.cgroup);
  const { interfaces } = domain.definition.devices;
  // Most have gone with their container; what has not is not waited for.
  Promise.all([context.links.disconnect(process.hostInterfaces), context.links.takeBack(interfaces)]).catch(
    (error: unknown) => context.log.warn({ domain: domain.name, error }, 'An interface is left behind'),
  );
  context.machines
    .close(process.cgroup)
    .catch((error: unknown) => context.log.warn({ domain: domain.name, error }, 'A unit is left behind'));
  await releasePorts(context.networks, domain.definition.devices.interfaces);
  await thawAtEnd(context, domain, process);
  await context.images.detach(domain.name);
  await withdrawLabel(context, domain.name, domain.definition);
  await endingHooks(context, domain.definition, process.controllerPid, signal);
  await context.store.removeRuntime(domain.name);
}

/** The domain no longer runs: a persistent one goes back to its definition, a transient one is gone. */
export function shutOff({ audit, domains, events, processes }: LxcContext, domain: LxcDomain, why: StopReason): void {
  processes.detach(domain);
  audit.stopped(domain.definition, why);
  domain.state = DomainState.SHUTOFF;
  domain.reason = shutoffReasons[why];
  domain.definition = domain.nextDefinition ?? domain.definition;
  domain.nextDefinition = null;
  if (!domain.persistent) domains.remove(domain);
  events.emit(lifecycleEvent(domain, why));
}
