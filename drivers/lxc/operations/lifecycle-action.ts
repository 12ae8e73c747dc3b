import {
  DomainLifecycle as Lifecycle,
  DomainLifecycleAction as Action,
  DomainModificationImpact as Impact,
} from '../../contract/constants.ts';
import type { DomainControl } from '../../contract/domain-control.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainDefinition, LifecycleAction } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import { changeDefinitions } from '../tuning/definitions.ts';
import { affected } from './affect.ts';

const events: Readonly<Record<number, { readonly field: keyof DomainDefinition; readonly name: string } | undefined>> =
  {
    [Lifecycle.POWEROFF]: { field: 'onPoweroff', name: 'poweroff' },
    [Lifecycle.REBOOT]: { field: 'onReboot', name: 'reboot' },
    [Lifecycle.CRASH]: { field: 'onCrash', name: 'crash' },
  };

const actions: Readonly<Record<number, LifecycleAction | undefined>> = {
  [Action.DESTROY]: 'destroy',
  [Action.RESTART]: 'restart',
  [Action.RESTART_RENAME]: 'rename-restart',
  [Action.PRESERVE]: 'preserve',
  [Action.COREDUMP_DESTROY]: 'coredump-destroy',
  [Action.COREDUMP_RESTART]: 'coredump-restart',
};

/** virsh set-lifecycle-action */
export function lifecycleAction(context: LxcContext): Pick<DomainControl, 'domainSetLifecycleAction'> {
  return {
    async domainSetLifecycleAction(ref, type, number, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetLifecycleAction');
      const event = events[type];
      const action = actions[number];
      if (event === undefined) throw errors.invalidArg(`unknown lifecycle event ${type}`);
      if (action === undefined) throw errors.invalidArg(`unknown lifecycle action ${number}`);
      // Nothing of a container outlives its first process, whose memory the kernel has dumped by then if it dumps any.
      if (action === 'preserve' || action.startsWith('coredump'))
        throw errors.configUnsupported(`Lifecycle event '${event.name}' doesn't support '${action}' action`);
      await context.jobs.change(ref, domain =>
        changeDefinitions(context, domain, affected(domain, flags), definition => ({
          ...definition,
          [event.field]: action,
        })),
      );
    },
  };
}
