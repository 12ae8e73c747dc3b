import type { InterfaceTuning } from '../../drivers/contract/interface-tuning.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainDeviceProcedures } from '../../protocol/programs/remote/domain-device.ts';
import { DOMAIN_INTERFACE_PARAMETERS_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { requireGiven } from './argument.ts';
import { parameterReply, requireParameterRoom, withoutStringFlag } from './typed-parameters.ts';

export const interfaceTuningCalls = ['domainGetInterfaceParameters', 'domainSetInterfaceParameters'] as const;

/** Limits of interfaces' bandwidth. */
export function domainInterfaceTuningHandlers(driver: InterfaceTuning) {
  return {
    async domainGetInterfaceParameters(_call, { dom, device, nparams, flags }) {
      requireParameterRoom(nparams, DOMAIN_INTERFACE_PARAMETERS_MAX);
      const all = await driver.domainGetInterfaceParameters(dom, device, withoutStringFlag(flags));
      return parameterReply(all, nparams, flags);
    },
    domainSetInterfaceParameters(_call, { dom, device, params, flags }) {
      requireGiven('virDomainSetInterfaceParameters', 'params', params);
      return driver.domainSetInterfaceParameters(dom, device, params, flags);
    },
  } satisfies Handlers<typeof domainDeviceProcedures, Call>;
}
