import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, opaque, struct, uhyper, uint } from '../../xdr/index.ts';
import { saveIfPersistent } from './access.ts';
import {
  DOMAIN_MEMORY_PARAMETERS_MAX,
  DOMAIN_MEMORY_PEEK_BUFFER_MAX,
  DOMAIN_MEMORY_STATS_MAX,
  DOMAIN_NUMA_PARAMETERS_MAX,
} from './limits.ts';
import { domain } from './types.ts';

export const domainGetMaxMemoryArgs = struct({ dom: domain });
export const domainGetMaxMemoryRet = struct({ memory: uhyper });
export const domainSetMaxMemoryArgs = struct({ dom: domain, memory: uhyper });
export const domainSetMemoryArgs = struct({ dom: domain, memory: uhyper });
export const domainMemoryPeekArgs = struct({ dom: domain, offset: uhyper, size: uint, flags: uint });
export const domainMemoryPeekRet = struct({ buffer: opaque(DOMAIN_MEMORY_PEEK_BUFFER_MAX) });
export const domainMemoryStatsArgs = struct({ dom: domain, maxStats: uint, flags: uint });
export const domainMemoryStat = struct({ tag: int, val: uhyper });
export const domainMemoryStatsRet = struct({ stats: array(domainMemoryStat, DOMAIN_MEMORY_STATS_MAX) });
export const domainSetMemoryParametersArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_MEMORY_PARAMETERS_MAX),
  flags: uint,
});
export const domainGetMemoryParametersArgs = struct({ dom: domain, nparams: int, flags: uint });
export const domainGetMemoryParametersRet = struct({
  params: array(typedParameter, DOMAIN_MEMORY_PARAMETERS_MAX),
  nparams: int,
});
export const domainSetMemoryFlagsArgs = struct({ dom: domain, memory: uhyper, flags: uint });
export const domainSetNumaParametersArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_NUMA_PARAMETERS_MAX),
  flags: uint,
});
export const domainGetNumaParametersArgs = struct({ dom: domain, nparams: int, flags: uint });
export const domainGetNumaParametersRet = struct({
  params: array(typedParameter, DOMAIN_NUMA_PARAMETERS_MAX),
  nparams: int,
});
export const domainSetMemoryStatsPeriodArgs = struct({ dom: domain, period: int, flags: uint });

/** Memory of domains. */
export const domainMemoryProcedures = {
  domainGetMaxMemory: {
    number: 17,
    args: domainGetMaxMemoryArgs,
    ret: domainGetMaxMemoryRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetMaxMemory: { number: 30, args: domainSetMaxMemoryArgs, priority: 'high', acl: ['domain:write'] },
  domainSetMemory: { number: 31, args: domainSetMemoryArgs, acl: ['domain:write'] },
  domainMemoryPeek: { number: 104, args: domainMemoryPeekArgs, ret: domainMemoryPeekRet, acl: ['domain:mem_read'] },
  domainMemoryStats: {
    number: 159,
    args: domainMemoryStatsArgs,
    ret: domainMemoryStatsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetMemoryParameters: {
    number: 197,
    args: domainSetMemoryParametersArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetMemoryParameters: {
    number: 198,
    args: domainGetMemoryParametersArgs,
    ret: domainGetMemoryParametersRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetMemoryFlags: {
    number: 204,
    args: domainSetMemoryFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainSetNumaParameters: {
    number: 254,
    args: domainSetNumaParametersArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetNumaParameters: {
    number: 255,
    args: domainGetNumaParametersArgs,
    ret: domainGetNumaParametersRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetMemoryStatsPeriod: {
    number: 308,
    args: domainSetMemoryStatsPeriodArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
} satisfies ProcedureTable;
