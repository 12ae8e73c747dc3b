import type { DomainControl } from '../../contract/domain-control.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { LxcContext } from '../context.ts';
import { killContainer } from './destroy.ts';
import { restartInPlace } from './ended.ts';
import { leaveProcess } from './leave.ts';

/** virsh reset: what the button of that name does to a machine. A container that was paused runs afterwards. */
export function resetting(context: LxcContext): Pick<DomainControl, 'domainReset'> {
  const { jobs, processes } = context;
  return {
    async domainReset(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainReset');
      await jobs.change(ref, async (domain, signal) => {
        const process = processes.running(domain);
        await killContainer(domain, process);
        await leaveProcess(context, domain, process, signal);
        await restartInPlace(context, domain, process, 0, signal);
      });
    },
  };
}
