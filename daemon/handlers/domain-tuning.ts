import { DomainModificationImpact } from '../../drivers/contract/constants.ts';
import type { DomainTuning } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainBlockProcedures } from '../../protocol/programs/remote/domain-block.ts';
import type { domainCpuProcedures } from '../../protocol/programs/remote/domain-cpu.ts';
import type { domainMemoryProcedures } from '../../protocol/programs/remote/domain-memory.ts';
import {
  DOMAIN_BLKIO_PARAMETERS_MAX,
  DOMAIN_MEMORY_PARAMETERS_MAX,
  DOMAIN_SCHEDULER_PARAMETERS_MAX,
} from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { requireGiven, requireNonZero } from './argument.ts';
import { parameterReply, requireParameterRoom, withoutStringFlag } from './typed-parameters.ts';

type Table = typeof domainMemoryProcedures & typeof domainBlockProcedures & typeof domainCpuProcedures;

/** Memory, I/O and CPU limits of domains. */
export function domainTuningHandlers(driver: DomainTuning) {
  return { ...memoryHandlers(driver), ...blkioHandlers(driver), ...schedulerHandlers(driver) };
}

function memoryHandlers(driver: DomainTuning) {
  return {
    domainGetMaxMemory: (_call, { dom }) => ({ memory: driver.domainGetMaxMemory(dom) }),
    domainSetMaxMemory(_call, { dom, memory }) {
      requireNonZero('virDomainSetMaxMemory', 'memory', memory);
      return driver.domainSetMaxMemory(dom, memory);
    },
    domainSetMemory(_call, { dom, memory }) {
      requireNonZero('virDomainSetMemory', 'memory', memory);
      return driver.domainSetMemoryFlags(dom, memory, DomainModificationImpact.LIVE);
    },
    domainSetMemoryFlags(_call, { dom, memory, flags }) {
      requireNonZero('virDomainSetMemoryFlags', 'memory', memory);
      return driver.domainSetMemoryFlags(dom, memory, flags);
    },
    async domainGetMemoryParameters(_call, { dom, nparams, flags }) {
      requireParameterRoom(nparams, DOMAIN_MEMORY_PARAMETERS_MAX);
      return parameterReply(await driver.domainGetMemoryParameters(dom, withoutStringFlag(flags)), nparams, flags);
    },
    domainSetMemoryParameters(_call, { dom, params, flags }) {
      requireGiven('virDomainSetMemoryParameters', 'params', params);
      return driver.domainSetMemoryParameters(dom, params, flags);
    },
  } satisfies Handlers<Table, Call>;
}

function blkioHandlers(driver: DomainTuning) {
  return {
    async domainGetBlkioParameters(_call, { dom, nparams, flags }) {
      requireParameterRoom(nparams, DOMAIN_BLKIO_PARAMETERS_MAX);
      return parameterReply(await driver.domainGetBlkioParameters(dom, withoutStringFlag(flags)), nparams, flags);
    },
    domainSetBlkioParameters(_call, { dom, params, flags }) {
      requireGiven('virDomainSetBlkioParameters', 'params', params);
      return driver.domainSetBlkioParameters(dom, params, flags);
    },
  } satisfies Handlers<Table, Call>;
}

/** How many scheduler parameters there are is asked for with the type; so room for none is a mistake here. */
function requireSchedulerRoom(api: string, nparams: number): void {
  requireParameterRoom(nparams, DOMAIN_SCHEDULER_PARAMETERS_MAX);
  requireGiven(api, 'params', nparams === 0 ? null : 'room');
}

function schedulerHandlers(driver: DomainTuning) {
  return {
    domainGetSchedulerType: (_call, { dom }) => driver.domainGetSchedulerType(dom),
    async domainGetSchedulerParameters(_call, { dom, nparams }) {
      requireSchedulerRoom('virDomainGetSchedulerParameters', nparams);
      const { params } = parameterReply(await driver.domainGetSchedulerParametersFlags(dom, 0), nparams, 0);
      return { params };
    },
    async domainGetSchedulerParametersFlags(_call, { dom, nparams, flags }) {
      requireSchedulerRoom('virDomainGetSchedulerParametersFlags', nparams);
      const all = await driver.domainGetSchedulerParametersFlags(dom, withoutStringFlag(flags));
      return { params: parameterReply(all, nparams, flags).params };
    },
    domainSetSchedulerParameters(_call, { dom, params }) {
      requireGiven('virDomainSetSchedulerParameters', 'params', params);
      return driver.domainSetSchedulerParametersFlags(dom, params, 0);
    },
    domainSetSchedulerParametersFlags(_call, { dom, params, flags }) {
      requireGiven('virDomainSetSchedulerParametersFlags', 'params', params);
      return driver.domainSetSchedulerParametersFlags(dom, params, flags);
    },
  } satisfies Handlers<Table, Call>;
}
