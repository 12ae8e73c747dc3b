import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { stateNames } from '../store/status-names.ts';

/** Notes of our own in a status file. */
export const AUTODESTROY_NOTE = 'autodestroy';

/** Writes what a later daemon needs to take the domain over; nothing for one that does not run. */
export async function saveStatus({ processes, store }: LxcContext, domain: LxcDomain): Promise<void> {
  const process = processes.of(domain);
  if (process === null) return;
  await store.saveStatus({
    ...stateNames(domain.state, domain.reason),
    controllerPid: process.controllerPid,
    initPid: process.initPid,
    definition: domain.definition,
    notes: process.caller === null ? {} : { [AUTODESTROY_NOTE]: 'yes' },
  });
}
