import {
  DomainAbortJobFlagsValues,
  DomainControlErrorReason,
  DomainControlState,
  DomainGetJobStatsFlags,
  DomainJobType,
  DomainMessageType,
  ErrorDomain,
} from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { DomainControl } from '../../contract/domain-control.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { LxcContext } from '../context.ts';
import { lifecycleAction } from './lifecycle-action.ts';
import { renaming } from './rename.ts';
import { resetting } from '../stop/reset.ts';

type Questions = Omit<DomainControl, 'domainRename' | 'domainSetLifecycleAction' | 'domainReset'>;

/** Containers as objects of the driver. */
export function control(context: LxcContext): DomainControl {
  return { ...renaming(context), ...lifecycleAction(context), ...resetting(context), ...questions(context) };
}

/** What monitors ask. Jobs in libvirt's sense, which go on after their call, containers have none. */
function questions({ domains, security }: LxcContext): Questions {
  const requireRunning = (ref: DomainRef): void => {
    if (domains.find(ref).running === null) throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
  };
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetControlInfo(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainGetControlInfo');
      requireRunning(ref);
      return { state: DomainControlState.OK, details: DomainControlErrorReason.NONE, stateTime: 0n };
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetJobStats(ref, flags) {
      const { COMPLETED, KEEP_COMPLETED } = DomainGetJobStatsFlags;
      checkFlags(flags, COMPLETED | KEEP_COMPLETED, 'lxcDomainGetJobStats');
      if ((flags & COMPLETED) === 0) requireRunning(ref);
      else domains.find(ref);
      return { type: DomainJobType.NONE, params: [] };
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainAbortJobFlags(ref, flags) {
      checkFlags(flags, DomainAbortJobFlagsValues.DOMAIN_ABORT_JOB_POSTCOPY, 'lxcDomainAbortJobFlags');
      requireRunning(ref);
      throw errors.operationInvalid('no job is active on the domain');
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetMessages(ref, flags) {
      checkFlags(flags, DomainMessageType.DEPRECATION | DomainMessageType.TAINTING, 'lxcDomainGetMessages');
      domains.find(ref);
      return [];
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetSecurityLabelList(ref) {
      const { running } = domains.find(ref);
      const label = running === null ? null : security.labelOf(running.initPid);
      return label === null || label.label === '' ? [] : [label];
    },
  };
}
