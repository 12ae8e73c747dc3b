import {
  DomainPausedReason,
  DomainRunningReason,
  DomainShutdownFlagValues,
  DomainState,
} from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainLifecycle } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import { lifecycleEvent } from '../lifecycle-events.ts';
import { saveStatus } from '../process/status.ts';
import { destroyDomain } from '../stop/destroy.ts';
import { requestStop } from '../stop/request-stop.ts';
import { hostSignal } from '../stop/signals.ts';

const { INITCTL, SIGNAL } = DomainShutdownFlagValues;

type Stopping = Pick<
  DomainLifecycle,
  | 'domainShutdownFlags'
  | 'domainReboot'
  | 'domainDestroyFlags'
  | 'domainSuspend'
  | 'domainResume'
  | 'domainSendProcessSignal'
>;

/** Ending, pausing and signalling containers. */
export function stopping(context: LxcContext): Stopping {
  const { domains, events, jobs, processes } = context;
  return {
    async domainShutdownFlags(ref, flags) {
      checkFlags(flags, INITCTL | SIGNAL, 'lxcDomainShutdownFlags');
      await requestStop(context, ref, 'shutdown', flags);
    },

    async domainReboot(ref, flags) {
      checkFlags(flags, INITCTL | SIGNAL, 'lxcDomainReboot');
      await requestStop(context, ref, 'reboot', flags);
    },

    async domainDestroyFlags(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainDestroyFlags');
      await destroyDomain(context, domains.find(ref));
    },

    async domainSuspend(ref) {
      await jobs.change(ref, async domain => {
        const { cgroup } = processes.running(domain);
        if (domain.state === DomainState.PAUSED) return;
        await cgroup.freeze();
        domain.state = DomainState.PAUSED;
        domain.reason = DomainPausedReason.USER;
        await saveStatus(context, domain);
        events.emit(lifecycleEvent(domain, 'suspended'));
      });
    },

    async domainResume(ref) {
      await jobs.change(ref, async domain => {
        const { cgroup } = processes.running(domain);
        if (domain.state === DomainState.RUNNING) throw errors.operationInvalid('domain is already running');
        await cgroup.thaw();
        domain.state = DomainState.RUNNING;
        domain.reason = DomainRunningReason.UNPAUSED;
        await saveStatus(context, domain);
        events.emit(lifecycleEvent(domain, 'resumed'));
      });
    },

    async domainSendProcessSignal(ref, pid, signal, flags) {
      checkFlags(flags, 0, 'lxcDomainSendProcessSignal');
      const number = hostSignal(signal);
      await jobs.change(ref, domain => {
        const { container } = processes.running(domain);
        if (pid !== 1n) throw errors.argumentUnsupported('Only the init process may be killed');
        container.signal(number);
      });
    },
  };
}
