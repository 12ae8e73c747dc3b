import { SCOPE_PART } from '../../../native/cgroup/location.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { stateNames } from '../store/status-names.ts';
import type { ContainerProcess } from './container-process.ts';
import { frozenToText } from './frozen-file-systems.ts';

/** A note of our own in a status file: the domain is to end with a client. */
export const AUTODESTROY_NOTE = 'autodestroy';
/** Another: which file systems of the container may be frozen. */
export const FROZEN_NOTE = 'frozen';
/** And: what its devices are on the host. */
export const DEVICES_NOTE = 'devices';

/** And: where its cgroup is, if that does not follow from its definition. */
export const CGROUP_NOTE = 'cgroup';

/** Writes what a later daemon needs to take the domain over. */
export async function writeStatus(
  { store }: LxcContext,
  process: ContainerProcess,
  { definition, state, reason }: Pick<LxcDomain, 'definition' | 'state' | 'reason'>,
): Promise<void> {
  await store.statuses.save({
    ...stateNames(state, reason),
    controllerPid: process.controllerPid,
    initPid: process.initPid,
    definition,
    notes: {
      ...(process.caller === null ? {} : { [AUTODESTROY_NOTE]: 'yes' }),
      ...(process.frozen.length > 0 ? { [FROZEN_NOTE]: frozenToText(process.frozen) } : {}),
      ...(process.cgroup.path.endsWith(SCOPE_PART) ? { [CGROUP_NOTE]: process.cgroup.path } : {}),
      [DEVICES_NOTE]: process.devices.toText(),
    },
  });
}

/** The same for a domain as it is now; nothing for one that does not run. */
export async function saveStatus(context: LxcContext, domain: LxcDomain): Promise<void> {
  const process = context.processes.of(domain);
  if (process !== null) await writeStatus(context, process, domain);
}
