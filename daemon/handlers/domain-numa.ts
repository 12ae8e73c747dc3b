import type { DomainNuma } from '../../drivers/contract/domain-numa.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainMemoryProcedures } from '../../protocol/programs/remote/domain-memory.ts';
import { DOMAIN_NUMA_PARAMETERS_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { requireGiven } from './argument.ts';
import { parameterReply, requireParameterRoom, withoutStringFlag } from './typed-parameters.ts';

export const numaCalls = ['domainGetNumaParameters', 'domainSetNumaParameters'] as const satisfies (keyof DomainNuma)[];

/** Where the memory of domains comes from. */
export function domainNumaHandlers(driver: DomainNuma) {
  return {
    async domainGetNumaParameters(_call, { dom, nparams, flags }) {
      requireParameterRoom(nparams, DOMAIN_NUMA_PARAMETERS_MAX);
      return parameterReply(await driver.domainGetNumaParameters(dom, withoutStringFlag(flags)), nparams, flags);
    },
    domainSetNumaParameters(_call, { dom, params, flags }) {
      requireGiven('virDomainSetNumaParameters', 'params', params);
      return driver.domainSetNumaParameters(dom, params, flags);
    },
  } satisfies Handlers<typeof domainMemoryProcedures, Call>;
}
