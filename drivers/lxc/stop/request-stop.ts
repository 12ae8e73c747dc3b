import type { DomainRef } from '../../contract/domain.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { noteInDomainLog } from '../start/domain-log.ts';
import { askToStop, type StopRequest } from './ask.ts';

/** How long a container may take to do what it was asked for, in s: then the domain's log says that it has not. */
const PATIENCE = 90;

/**
 * Has a container shut down or reboot. A shutdown that comes while the container is on its way back from a reboot ends
 * that. Throws operationInvalid when the domain does not run, operationUnsupported when `flags` leave no way.
 */
export async function requestStop(
  context: LxcContext,
  ref: DomainRef,
  request: StopRequest,
  flags: number,
): Promise<void> {
  const { domains, jobs, processes } = context;
  const domain = domains.find(ref);
  const process = processes.running(domain);
  // Its end is being dealt with by a job that this one would wait for.
  if (request === 'shutdown' && process.container.outcome !== null) process.staysDown.abort();
  await jobs.changeDomain(domain, () => {
    if (process.staysDown.signal.aborted && processes.of(domain) !== process) return;
    const present = processes.running(domain);
    tell(context, domain, present, request, askToStop(present, request, flags));
  });
}

/** In the domain's own log: which way was taken, and later that it led nowhere. */
function tell(
  context: LxcContext,
  domain: LxcDomain,
  process: ContainerProcess,
  request: StopRequest,
  way: string,
): void {
  const note = (text: string): void => noteInDomainLog(context, domain.name, text);
  note(`asked for ${request} by ${way}; time limit ${PATIENCE} s`);
  const stillRuns = (): void => {
    if (context.processes.of(domain) === process) note(`still runs ${PATIENCE} s after it was asked for ${request}`);
  };
  const timer = setTimeout(stillRuns, PATIENCE * 1000).unref();
  void process.exited.then(() => clearTimeout(timer));
}
