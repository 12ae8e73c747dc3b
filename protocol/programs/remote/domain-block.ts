import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, hyper, int, opaque, optional, struct, uhyper, uint } from '../../xdr/index.ts';
import { saveIfPersistent } from './access.ts';
import {
  DOMAIN_BLKIO_PARAMETERS_MAX,
  DOMAIN_BLOCK_COPY_PARAMETERS_MAX,
  DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX,
  DOMAIN_BLOCK_PEEK_BUFFER_MAX,
  DOMAIN_BLOCK_STATS_PARAMETERS_MAX,
  DOMAIN_DISK_ERRORS_MAX,
} from './limits.ts';
import { domain, text } from './types.ts';

export const domainBlockStatsArgs = struct({ dom: domain, path: text });
export const domainBlockStatsRet = struct({ rdReq: hyper, rdBytes: hyper, wrReq: hyper, wrBytes: hyper, errs: hyper });
export const domainBlockPeekArgs = struct({ dom: domain, path: text, offset: uhyper, size: uint, flags: uint });
export const domainBlockPeekRet = struct({ buffer: opaque(DOMAIN_BLOCK_PEEK_BUFFER_MAX) });
export const domainGetBlockInfoArgs = struct({ dom: domain, path: text, flags: uint });
export const domainGetBlockInfoRet = struct({ allocation: uhyper, capacity: uhyper, physical: uhyper });
export const domainSetBlkioParametersArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_BLKIO_PARAMETERS_MAX),
  flags: uint,
});
export const domainGetBlkioParametersArgs = struct({ dom: domain, nparams: int, flags: uint });
export const domainGetBlkioParametersRet = struct({
  params: array(typedParameter, DOMAIN_BLKIO_PARAMETERS_MAX),
  nparams: int,
});
export const domainBlockJobAbortArgs = struct({ dom: domain, path: text, flags: uint });
export const domainGetBlockJobInfoArgs = struct({ dom: domain, path: text, flags: uint });
export const domainGetBlockJobInfoRet = struct({ found: int, type: int, bandwidth: uhyper, cur: uhyper, end: uhyper });
export const domainBlockJobSetSpeedArgs = struct({ dom: domain, path: text, bandwidth: uhyper, flags: uint });
export const domainBlockPullArgs = struct({ dom: domain, path: text, bandwidth: uhyper, flags: uint });
export const domainBlockStatsFlagsArgs = struct({ dom: domain, path: text, nparams: int, flags: uint });
export const domainBlockStatsFlagsRet = struct({
  params: array(typedParameter, DOMAIN_BLOCK_STATS_PARAMETERS_MAX),
  nparams: int,
});
export const domainBlockResizeArgs = struct({ dom: domain, disk: text, size: uhyper, flags: uint });
export const domainSetBlockIoTuneArgs = struct({
  dom: domain,
  disk: text,
  params: array(typedParameter, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX),
  flags: uint,
});
export const domainGetBlockIoTuneArgs = struct({ dom: domain, disk: optional(text), nparams: int, flags: uint });
export const domainGetBlockIoTuneRet = struct({
  params: array(typedParameter, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX),
  nparams: int,
});
export const domainGetDiskErrorsArgs = struct({ dom: domain, maxerrors: uint, flags: uint });
export const domainDiskError = struct({ disk: text, error: int });
export const domainGetDiskErrorsRet = struct({ errors: array(domainDiskError, DOMAIN_DISK_ERRORS_MAX), nerrors: int });
export const domainBlockRebaseArgs = struct({
  dom: domain,
  path: text,
  base: optional(text),
  bandwidth: uhyper,
  flags: uint,
});
export const domainBlockCommitArgs = struct({
  dom: domain,
  disk: text,
  base: optional(text),
  top: optional(text),
  bandwidth: uhyper,
  flags: uint,
});
export const domainBlockCopyArgs = struct({
  dom: domain,
  path: text,
  destxml: text,
  params: array(typedParameter, DOMAIN_BLOCK_COPY_PARAMETERS_MAX),
  flags: uint,
});
export const domainSetBlockThresholdArgs = struct({ dom: domain, dev: text, threshold: uhyper, flags: uint });
export const domainSetThrottleGroupArgs = struct({
  dom: domain,
  group: text,
  params: array(typedParameter, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX),
  flags: uint,
});
export const domainDelThrottleGroupArgs = struct({ dom: domain, group: optional(text), flags: uint });

/** Disks of domains: statistics, tuning and jobs. */
export const domainBlockProcedures = {
  domainBlockStats: {
    number: 64,
    args: domainBlockStatsArgs,
    ret: domainBlockStatsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainBlockPeek: { number: 103, args: domainBlockPeekArgs, ret: domainBlockPeekRet, acl: ['domain:block_read'] },
  domainGetBlockInfo: {
    number: 194,
    args: domainGetBlockInfoArgs,
    ret: domainGetBlockInfoRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetBlkioParameters: {
    number: 205,
    args: domainSetBlkioParametersArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetBlkioParameters: {
    number: 206,
    args: domainGetBlkioParametersArgs,
    ret: domainGetBlkioParametersRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainBlockJobAbort: { number: 237, args: domainBlockJobAbortArgs, acl: ['domain:write'] },
  domainGetBlockJobInfo: {
    number: 238,
    args: domainGetBlockJobInfoArgs,
    ret: domainGetBlockJobInfoRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainBlockJobSetSpeed: { number: 239, args: domainBlockJobSetSpeedArgs, acl: ['domain:write'] },
  domainBlockPull: { number: 240, args: domainBlockPullArgs, acl: ['domain:block_write'] },
  domainBlockStatsFlags: {
    number: 243,
    args: domainBlockStatsFlagsArgs,
    ret: domainBlockStatsFlagsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainBlockResize: { number: 251, args: domainBlockResizeArgs, acl: ['domain:block_write'] },
  domainSetBlockIoTune: {
    number: 252,
    args: domainSetBlockIoTuneArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetBlockIoTune: {
    number: 253,
    args: domainGetBlockIoTuneArgs,
    ret: domainGetBlockIoTuneRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetDiskErrors: {
    number: 263,
    args: domainGetDiskErrorsArgs,
    ret: domainGetDiskErrorsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainBlockRebase: { number: 266, args: domainBlockRebaseArgs, acl: ['domain:block_write'] },
  domainBlockCommit: { number: 290, args: domainBlockCommitArgs, acl: ['domain:block_write'] },
  domainBlockCopy: { number: 345, args: domainBlockCopyArgs, acl: ['domain:block_write'] },
  domainSetBlockThreshold: { number: 386, args: domainSetBlockThresholdArgs, acl: ['domain:write'] },
  domainSetThrottleGroup: {
    number: 451,
    args: domainSetThrottleGroupArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainDelThrottleGroup: {
    number: 452,
    args: domainDelThrottleGroupArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
} satisfies ProcedureTable;
