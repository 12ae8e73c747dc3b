import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, opaque, struct, uhyper, uint } from '../../xdr/index.ts';
import { DOMAIN_VCPU_GUEST, saveIfPersistent } from './access.ts';
import {
  CPUMAPS_MAX,
  CPUMAP_MAX,
  DOMAIN_GET_CPU_STATS_MAX,
  DOMAIN_IOTHREAD_PARAMS_MAX,
  DOMAIN_PERF_EVENTS_MAX,
  DOMAIN_SCHEDULER_PARAMETERS_MAX,
  IOTHREAD_INFO_MAX,
  VCPUINFO_MAX,
} from './limits.ts';
import { domain, text } from './types.ts';

export const domainGetMaxVcpusArgs = struct({ dom: domain });
export const domainGetMaxVcpusRet = struct({ num: int });
export const domainGetVcpusArgs = struct({ dom: domain, maxinfo: int, maplen: int });
export const vcpuInfo = struct({ number: uint, state: int, cpuTime: uhyper, cpu: int });
export const domainGetVcpusRet = struct({ info: array(vcpuInfo, VCPUINFO_MAX), cpumaps: opaque(CPUMAPS_MAX) });
export const domainPinVcpuArgs = struct({ dom: domain, vcpu: uint, cpumap: opaque(CPUMAP_MAX) });
export const domainSetVcpusArgs = struct({ dom: domain, nvcpus: uint });
export const domainGetSchedulerTypeArgs = struct({ dom: domain });
export const domainGetSchedulerTypeRet = struct({ type: text, nparams: int });
export const domainGetSchedulerParametersArgs = struct({ dom: domain, nparams: int });
export const domainGetSchedulerParametersRet = struct({
  params: array(typedParameter, DOMAIN_SCHEDULER_PARAMETERS_MAX),
});
export const domainSetSchedulerParametersArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_SCHEDULER_PARAMETERS_MAX),
});
export const domainSetVcpusFlagsArgs = struct({ dom: domain, nvcpus: uint, flags: uint });
export const domainGetVcpusFlagsArgs = struct({ dom: domain, flags: uint });
export const domainGetVcpusFlagsRet = struct({ num: int });
export const domainSetSchedulerParametersFlagsArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_SCHEDULER_PARAMETERS_MAX),
  flags: uint,
});
export const domainGetSchedulerParametersFlagsArgs = struct({ dom: domain, nparams: int, flags: uint });
export const domainGetSchedulerParametersFlagsRet = struct({
  params: array(typedParameter, DOMAIN_SCHEDULER_PARAMETERS_MAX),
});
export const domainPinVcpuFlagsArgs = struct({ dom: domain, vcpu: uint, cpumap: opaque(CPUMAP_MAX), flags: uint });
export const domainGetVcpuPinInfoArgs = struct({ dom: domain, ncpumaps: int, maplen: int, flags: uint });
export const domainGetVcpuPinInfoRet = struct({ cpumaps: opaque(CPUMAPS_MAX), num: int });
export const domainGetCpuStatsArgs = struct({ dom: domain, nparams: uint, startCpu: int, ncpus: uint, flags: uint });
export const domainGetCpuStatsRet = struct({ params: array(typedParameter, DOMAIN_GET_CPU_STATS_MAX), nparams: int });
export const domainPinEmulatorArgs = struct({ dom: domain, cpumap: opaque(CPUMAP_MAX), flags: uint });
export const domainGetEmulatorPinInfoArgs = struct({ dom: domain, maplen: int, flags: uint });
export const domainGetEmulatorPinInfoRet = struct({ cpumaps: opaque(CPUMAPS_MAX), ret: int });
export const domainGetIothreadInfoArgs = struct({ dom: domain, flags: uint });
export const domainIothreadInfo = struct({ iothreadId: uint, cpumap: opaque(CPUMAP_MAX) });
export const domainGetIothreadInfoRet = struct({ info: array(domainIothreadInfo, IOTHREAD_INFO_MAX), ret: uint });
export const domainPinIothreadArgs = struct({
  dom: domain,
  iothreadsId: uint,
  cpumap: opaque(CPUMAP_MAX),
  flags: uint,
});
export const domainAddIothreadArgs = struct({ dom: domain, iothreadId: uint, flags: uint });
export const domainDelIothreadArgs = struct({ dom: domain, iothreadId: uint, flags: uint });
export const domainGetPerfEventsArgs = struct({ dom: domain, flags: uint });
export const domainGetPerfEventsRet = struct({ params: array(typedParameter, DOMAIN_PERF_EVENTS_MAX) });
export const domainSetPerfEventsArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_PERF_EVENTS_MAX),
  flags: uint,
});
export const domainSetVcpuArgs = struct({ dom: domain, cpumap: text, state: int, flags: uint });
export const domainSetIothreadParamsArgs = struct({
  dom: domain,
  iothreadId: uint,
  params: array(typedParameter, DOMAIN_IOTHREAD_PARAMS_MAX),
  flags: uint,
});
export const domainStartDirtyRateCalcArgs = struct({ dom: domain, seconds: int, flags: uint });

/** Processors of domains: counts, pinning, scheduling, statistics. */
export const domainCpuProcedures = {
  domainGetMaxVcpus: {
    number: 18,
    args: domainGetMaxVcpusArgs,
    ret: domainGetMaxVcpusRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetVcpus: {
    number: 20,
    args: domainGetVcpusArgs,
    ret: domainGetVcpusRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainPinVcpu: { number: 26, args: domainPinVcpuArgs, acl: ['domain:write'] },
  domainSetVcpus: { number: 32, args: domainSetVcpusArgs, acl: ['domain:write'] },
  domainGetSchedulerType: {
    number: 56,
    args: domainGetSchedulerTypeArgs,
    ret: domainGetSchedulerTypeRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetSchedulerParameters: {
    number: 57,
    args: domainGetSchedulerParametersArgs,
    ret: domainGetSchedulerParametersRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetSchedulerParameters: { number: 58, args: domainSetSchedulerParametersArgs, acl: ['domain:read'] },
  domainSetVcpusFlags: {
    number: 199,
    args: domainSetVcpusFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain'), { permission: 'domain:write', ifFlags: DOMAIN_VCPU_GUEST }],
  },
  domainGetVcpusFlags: {
    number: 200,
    args: domainGetVcpusFlagsArgs,
    ret: domainGetVcpusFlagsRet,
    acl: ['domain:read', { permission: 'domain:write', ifFlags: DOMAIN_VCPU_GUEST }],
    readOnly: { deniedFlags: DOMAIN_VCPU_GUEST },
  },
  domainSetSchedulerParametersFlags: {
    number: 219,
    args: domainSetSchedulerParametersFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetSchedulerParametersFlags: {
    number: 223,
    args: domainGetSchedulerParametersFlagsArgs,
    ret: domainGetSchedulerParametersFlagsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainPinVcpuFlags: {
    number: 225,
    args: domainPinVcpuFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetVcpuPinInfo: {
    number: 230,
    args: domainGetVcpuPinInfoArgs,
    ret: domainGetVcpuPinInfoRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetCpuStats: {
    number: 262,
    args: domainGetCpuStatsArgs,
    ret: domainGetCpuStatsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainPinEmulator: { number: 279, args: domainPinEmulatorArgs, acl: ['domain:write', ...saveIfPersistent('domain')] },
  domainGetEmulatorPinInfo: {
    number: 280,
    args: domainGetEmulatorPinInfoArgs,
    ret: domainGetEmulatorPinInfoRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetIothreadInfo: {
    number: 351,
    args: domainGetIothreadInfoArgs,
    ret: domainGetIothreadInfoRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainPinIothread: { number: 352, args: domainPinIothreadArgs, acl: ['domain:write', ...saveIfPersistent('domain')] },
  domainAddIothread: { number: 355, args: domainAddIothreadArgs, acl: ['domain:write', ...saveIfPersistent('domain')] },
  domainDelIothread: { number: 356, args: domainDelIothreadArgs, acl: ['domain:write', ...saveIfPersistent('domain')] },
  domainGetPerfEvents: {
    number: 365,
    args: domainGetPerfEventsArgs,
    ret: domainGetPerfEventsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetPerfEvents: { number: 366, args: domainSetPerfEventsArgs, acl: ['domain:write'] },
  domainSetVcpu: { number: 384, args: domainSetVcpuArgs, acl: ['domain:write', ...saveIfPersistent('domain')] },
  domainSetIothreadParams: {
    number: 402,
    args: domainSetIothreadParamsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainStartDirtyRateCalc: { number: 427, args: domainStartDirtyRateCalcArgs, acl: ['domain:write'] },
} satisfies ProcedureTable;
