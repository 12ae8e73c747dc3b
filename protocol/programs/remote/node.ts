import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, charString, fixedCharString, int, opaque, struct, uhyper, uint } from '../../xdr/index.ts';
import {
  CPUMAP_MAX,
  NODE_CPU_STATS_MAX,
  NODE_MAX_CELLS,
  NODE_MEMORY_PARAMETERS_MAX,
  NODE_MEMORY_STATS_MAX,
  NODE_SEV_INFO_MAX,
  SECURITY_DOI_MAX,
  SECURITY_MODEL_MAX,
} from './limits.ts';
import { text } from './types.ts';

export const nodeGetInfoRet = struct({
  model: fixedCharString(32),
  memory: uhyper,
  cpus: int,
  mhz: int,
  nodes: int,
  sockets: int,
  cores: int,
  threads: int,
});
export const nodeGetCellsFreeMemoryArgs = struct({ startCell: int, maxcells: int });
export const nodeGetCellsFreeMemoryRet = struct({ cells: array(uhyper, NODE_MAX_CELLS) });
export const nodeGetFreeMemoryRet = struct({ freeMem: uhyper });
export const nodeGetSecurityModelRet = struct({
  model: charString(SECURITY_MODEL_MAX),
  doi: charString(SECURITY_DOI_MAX),
});
export const nodeGetCpuStatsArgs = struct({ cpuNum: int, nparams: int, flags: uint });
export const nodeGetCpuStats = struct({ field: text, value: uhyper });
export const nodeGetCpuStatsRet = struct({ params: array(nodeGetCpuStats, NODE_CPU_STATS_MAX), nparams: int });
export const nodeGetMemoryStatsArgs = struct({ nparams: int, cellNum: int, flags: uint });
export const nodeGetMemoryStats = struct({ field: text, value: uhyper });
export const nodeGetMemoryStatsRet = struct({ params: array(nodeGetMemoryStats, NODE_MEMORY_STATS_MAX), nparams: int });
export const nodeSuspendForDurationArgs = struct({ target: uint, duration: uhyper, flags: uint });
export const nodeSetMemoryParametersArgs = struct({
  params: array(typedParameter, NODE_MEMORY_PARAMETERS_MAX),
  flags: uint,
});
export const nodeGetMemoryParametersArgs = struct({ nparams: int, flags: uint });
export const nodeGetMemoryParametersRet = struct({
  params: array(typedParameter, NODE_MEMORY_PARAMETERS_MAX),
  nparams: int,
});
export const nodeGetCpuMapArgs = struct({ needMap: int, needOnline: int, flags: uint });
export const nodeGetCpuMapRet = struct({ cpumap: opaque(CPUMAP_MAX), online: uint, ret: int });
export const nodeGetFreePagesArgs = struct({
  pages: array(uint, NODE_MAX_CELLS),
  startCell: int,
  cellCount: uint,
  flags: uint,
});
export const nodeGetFreePagesRet = struct({ counts: array(uhyper, NODE_MAX_CELLS) });
export const nodeAllocPagesArgs = struct({
  pageSizes: array(uint, NODE_MAX_CELLS),
  pageCounts: array(uhyper, NODE_MAX_CELLS),
  startCell: int,
  cellCount: uint,
  flags: uint,
});
export const nodeAllocPagesRet = struct({ ret: int });
export const nodeGetSevInfoArgs = struct({ nparams: int, flags: uint });
export const nodeGetSevInfoRet = struct({ params: array(typedParameter, NODE_SEV_INFO_MAX), nparams: int });

/** The host: its processors, memory and pages. */
export const nodeProcedures = {
  nodeGetInfo: { number: 6, ret: nodeGetInfoRet, priority: 'high', acl: ['connect:read'], readOnly: true },
  nodeGetCellsFreeMemory: {
    number: 101,
    args: nodeGetCellsFreeMemoryArgs,
    ret: nodeGetCellsFreeMemoryRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeGetFreeMemory: {
    number: 102,
    ret: nodeGetFreeMemoryRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeGetSecurityModel: {
    number: 122,
    ret: nodeGetSecurityModelRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeGetCpuStats: {
    number: 227,
    args: nodeGetCpuStatsArgs,
    ret: nodeGetCpuStatsRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeGetMemoryStats: {
    number: 228,
    args: nodeGetMemoryStatsArgs,
    ret: nodeGetMemoryStatsRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeSuspendForDuration: { number: 250, args: nodeSuspendForDurationArgs, acl: ['connect:pm_control'] },
  nodeSetMemoryParameters: { number: 288, args: nodeSetMemoryParametersArgs, acl: ['connect:write'] },
  nodeGetMemoryParameters: {
    number: 289,
    args: nodeGetMemoryParametersArgs,
    ret: nodeGetMemoryParametersRet,
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeGetCpuMap: { number: 293, args: nodeGetCpuMapArgs, ret: nodeGetCpuMapRet, acl: ['connect:read'], readOnly: true },
  nodeGetFreePages: {
    number: 340,
    args: nodeGetFreePagesArgs,
    ret: nodeGetFreePagesRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeAllocPages: { number: 347, args: nodeAllocPagesArgs, ret: nodeAllocPagesRet, acl: ['connect:write'] },
  nodeGetSevInfo: { number: 395, args: nodeGetSevInfoArgs, ret: nodeGetSevInfoRet, acl: ['connect:read'] },
} satisfies ProcedureTable;
