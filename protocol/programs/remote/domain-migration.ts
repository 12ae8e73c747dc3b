import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, opaque, optional, struct, uhyper, uint } from '../../xdr/index.ts';
import { DOMAIN_MIGRATE_PARAM_LIST_MAX, MIGRATE_COOKIE_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const domainMigratePrepareArgs = struct({
  uriIn: optional(text),
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
});
export const domainMigratePrepareRet = struct({ cookie: opaque(MIGRATE_COOKIE_MAX), uriOut: optional(text) });
export const domainMigratePerformArgs = struct({
  dom: domain,
  cookie: opaque(MIGRATE_COOKIE_MAX),
  uri: text,
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
});
export const domainMigrateFinishArgs = struct({
  dname: text,
  cookie: opaque(MIGRATE_COOKIE_MAX),
  uri: text,
  flags: uhyper,
});
export const domainMigrateFinishRet = struct({ ddom: domain });
export const domainMigratePrepare2Args = struct({
  uriIn: optional(text),
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
  domXml: text,
});
export const domainMigratePrepare2Ret = struct({ cookie: opaque(MIGRATE_COOKIE_MAX), uriOut: optional(text) });
export const domainMigrateFinish2Args = struct({
  dname: text,
  cookie: opaque(MIGRATE_COOKIE_MAX),
  uri: text,
  flags: uhyper,
  retcode: int,
});
export const domainMigrateFinish2Ret = struct({ ddom: domain });
export const domainMigratePrepareTunnelArgs = struct({
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
  domXml: text,
});
export const domainMigrateSetMaxDowntimeArgs = struct({ dom: domain, downtime: uhyper, flags: uint });
export const domainMigrateSetMaxSpeedArgs = struct({ dom: domain, bandwidth: uhyper, flags: uint });
export const domainMigrateBegin3Args = struct({
  dom: domain,
  xmlin: optional(text),
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
});
export const domainMigrateBegin3Ret = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX), xml: text });
export const domainMigratePrepare3Args = struct({
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  uriIn: optional(text),
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
  domXml: text,
});
export const domainMigratePrepare3Ret = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX), uriOut: optional(text) });
export const domainMigratePrepareTunnel3Args = struct({
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
  domXml: text,
});
export const domainMigratePrepareTunnel3Ret = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX) });
export const domainMigratePerform3Args = struct({
  dom: domain,
  xmlin: optional(text),
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  dconnuri: optional(text),
  uri: optional(text),
  flags: uhyper,
  dname: optional(text),
  resource: uhyper,
});
export const domainMigratePerform3Ret = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX) });
export const domainMigrateFinish3Args = struct({
  dname: text,
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  dconnuri: optional(text),
  uri: optional(text),
  flags: uhyper,
  cancelled: int,
});
export const domainMigrateFinish3Ret = struct({ dom: domain, cookieOut: opaque(MIGRATE_COOKIE_MAX) });
export const domainMigrateConfirm3Args = struct({
  dom: domain,
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uhyper,
  cancelled: int,
});
export const domainMigrateGetMaxSpeedArgs = struct({ dom: domain, flags: uint });
export const domainMigrateGetMaxSpeedRet = struct({ bandwidth: uhyper });
export const domainMigrateGetCompressionCacheArgs = struct({ dom: domain, flags: uint });
export const domainMigrateGetCompressionCacheRet = struct({ cacheSize: uhyper });
export const domainMigrateSetCompressionCacheArgs = struct({ dom: domain, cacheSize: uhyper, flags: uint });
export const domainMigrateBegin3ParamsArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_MIGRATE_PARAM_LIST_MAX),
  flags: uint,
});
export const domainMigrateBegin3ParamsRet = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX), xml: text });
export const domainMigratePrepare3ParamsArgs = struct({
  params: array(typedParameter, DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uint,
});
export const domainMigratePrepare3ParamsRet = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX), uriOut: optional(text) });
export const domainMigratePrepareTunnel3ParamsArgs = struct({
  params: array(typedParameter, DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uint,
});
export const domainMigratePrepareTunnel3ParamsRet = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX) });
export const domainMigratePerform3ParamsArgs = struct({
  dom: domain,
  dconnuri: optional(text),
  params: array(typedParameter, DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uint,
});
export const domainMigratePerform3ParamsRet = struct({ cookieOut: opaque(MIGRATE_COOKIE_MAX) });
export const domainMigrateFinish3ParamsArgs = struct({
  params: array(typedParameter, DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uint,
  cancelled: int,
});
export const domainMigrateFinish3ParamsRet = struct({ dom: domain, cookieOut: opaque(MIGRATE_COOKIE_MAX) });
export const domainMigrateConfirm3ParamsArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: opaque(MIGRATE_COOKIE_MAX),
  flags: uint,
  cancelled: int,
});
export const domainMigrateStartPostCopyArgs = struct({ dom: domain, flags: uint });
export const domainMigrateGetMaxDowntimeArgs = struct({ dom: domain, flags: uint });
export const domainMigrateGetMaxDowntimeRet = struct({ downtime: uhyper });

/** Migration between hosts. */
export const domainMigrationProcedures = {
  domainMigratePrepare: {
    number: 61,
    args: domainMigratePrepareArgs,
    ret: domainMigratePrepareRet,
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigratePerform: { number: 62, args: domainMigratePerformArgs, acl: ['domain:migrate'] },
  domainMigrateFinish: {
    number: 63,
    args: domainMigrateFinishArgs,
    ret: domainMigrateFinishRet,
    acl: ['domain:migrate'],
  },
  domainMigratePrepare2: {
    number: 108,
    args: domainMigratePrepare2Args,
    ret: domainMigratePrepare2Ret,
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigrateFinish2: {
    number: 109,
    args: domainMigrateFinish2Args,
    ret: domainMigrateFinish2Ret,
    acl: ['domain:migrate'],
  },
  domainMigratePrepareTunnel: {
    number: 148,
    args: domainMigratePrepareTunnelArgs,
    stream: 'write',
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigrateSetMaxDowntime: { number: 166, args: domainMigrateSetMaxDowntimeArgs, acl: ['domain:migrate'] },
  domainMigrateSetMaxSpeed: { number: 207, args: domainMigrateSetMaxSpeedArgs, acl: ['domain:migrate'] },
  domainMigrateBegin3: {
    number: 213,
    args: domainMigrateBegin3Args,
    ret: domainMigrateBegin3Ret,
    acl: ['domain:migrate'],
  },
  domainMigratePrepare3: {
    number: 214,
    args: domainMigratePrepare3Args,
    ret: domainMigratePrepare3Ret,
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigratePrepareTunnel3: {
    number: 215,
    args: domainMigratePrepareTunnel3Args,
    ret: domainMigratePrepareTunnel3Ret,
    stream: 'write',
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigratePerform3: {
    number: 216,
    args: domainMigratePerform3Args,
    ret: domainMigratePerform3Ret,
    acl: ['domain:migrate'],
  },
  domainMigrateFinish3: {
    number: 217,
    args: domainMigrateFinish3Args,
    ret: domainMigrateFinish3Ret,
    acl: ['domain:migrate'],
  },
  domainMigrateConfirm3: { number: 218, args: domainMigrateConfirm3Args, acl: ['domain:migrate'] },
  domainMigrateGetMaxSpeed: {
    number: 242,
    args: domainMigrateGetMaxSpeedArgs,
    ret: domainMigrateGetMaxSpeedRet,
    acl: ['domain:migrate'],
  },
  domainMigrateGetCompressionCache: {
    number: 299,
    args: domainMigrateGetCompressionCacheArgs,
    ret: domainMigrateGetCompressionCacheRet,
    acl: ['domain:migrate'],
    readOnly: true,
  },
  domainMigrateSetCompressionCache: {
    number: 300,
    args: domainMigrateSetCompressionCacheArgs,
    acl: ['domain:migrate'],
  },
  domainMigrateBegin3Params: {
    number: 302,
    args: domainMigrateBegin3ParamsArgs,
    ret: domainMigrateBegin3ParamsRet,
    acl: ['domain:migrate'],
  },
  domainMigratePrepare3Params: {
    number: 303,
    args: domainMigratePrepare3ParamsArgs,
    ret: domainMigratePrepare3ParamsRet,
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigratePrepareTunnel3Params: {
    number: 304,
    args: domainMigratePrepareTunnel3ParamsArgs,
    ret: domainMigratePrepareTunnel3ParamsRet,
    stream: 'write',
    acl: ['domain:migrate', 'domain:start', 'domain:write'],
  },
  domainMigratePerform3Params: {
    number: 305,
    args: domainMigratePerform3ParamsArgs,
    ret: domainMigratePerform3ParamsRet,
    acl: ['domain:migrate'],
  },
  domainMigrateFinish3Params: {
    number: 306,
    args: domainMigrateFinish3ParamsArgs,
    ret: domainMigrateFinish3ParamsRet,
    acl: ['domain:migrate'],
  },
  domainMigrateConfirm3Params: { number: 307, args: domainMigrateConfirm3ParamsArgs, acl: ['domain:migrate'] },
  domainMigrateStartPostCopy: { number: 364, args: domainMigrateStartPostCopyArgs, acl: ['domain:migrate'] },
  domainMigrateGetMaxDowntime: {
    number: 387,
    args: domainMigrateGetMaxDowntimeArgs,
    ret: domainMigrateGetMaxDowntimeRet,
    acl: ['domain:migrate'],
    readOnly: true,
  },
} satisfies ProcedureTable;
