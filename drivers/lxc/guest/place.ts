import type { GuestPlace } from '../../../native/guest/guest.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { initRights } from '../plan/init-rights.ts';
import type { ContainerProcess } from '../process/container-process.ts';

/**
 * Where a domain that runs is, for helpers to be sent there: from its live definition, so that it does not matter which
 * daemon has started it.
 */
export function guestPlace(
  { host, security }: Pick<LxcContext, 'host' | 'security'>,
  { definition }: Pick<LxcDomain, 'definition'>,
  { container, cgroup }: Pick<ContainerProcess, 'container' | 'cgroup'>,
): GuestPlace {
  return {
    controllerPid: container.controllerPid,
    initPid: container.initPid,
    ...cgroup.entry,
    rights: initRights(definition, host, security.initLabel(definition)),
  };
}
