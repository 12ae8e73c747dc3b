import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, charString, int, optional, struct, uchar, uhyper, uint, ushort } from '../../xdr/index.ts';
import { DOMAIN_XML_MIGRATABLE, DOMAIN_XML_SECURE, saveIfPersistent } from './access.ts';
import {
  DOMAIN_JOB_STATS_MAX,
  DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX,
  DOMAIN_MESSAGES_MAX,
  SECURITY_LABEL_LIST_MAX,
  SECURITY_LABEL_MAX,
} from './limits.ts';
import { domain, text } from './types.ts';

export const domainGetXmlDescArgs = struct({ dom: domain, flags: uint });
export const domainGetXmlDescRet = struct({ xml: text });
export const domainGetInfoArgs = struct({ dom: domain });
export const domainGetInfoRet = struct({
  state: uchar,
  maxMem: uhyper,
  memory: uhyper,
  nrVirtCpu: ushort,
  cpuTime: uhyper,
});
export const domainGetOsTypeArgs = struct({ dom: domain });
export const domainGetOsTypeRet = struct({ type: text });
export const domainGetSecurityLabelArgs = struct({ dom: domain });
export const domainGetSecurityLabelRet = struct({ label: charString(SECURITY_LABEL_MAX), enforcing: int });
export const domainIsActiveArgs = struct({ dom: domain });
export const domainIsActiveRet = struct({ active: int });
export const domainIsPersistentArgs = struct({ dom: domain });
export const domainIsPersistentRet = struct({ persistent: int });
export const domainGetJobInfoArgs = struct({ dom: domain });
export const domainGetJobInfoRet = struct({
  type: int,
  timeElapsed: uhyper,
  timeRemaining: uhyper,
  dataTotal: uhyper,
  dataProcessed: uhyper,
  dataRemaining: uhyper,
  memTotal: uhyper,
  memProcessed: uhyper,
  memRemaining: uhyper,
  fileTotal: uhyper,
  fileProcessed: uhyper,
  fileRemaining: uhyper,
});
export const domainAbortJobArgs = struct({ dom: domain });
export const domainIsUpdatedArgs = struct({ dom: domain });
export const domainIsUpdatedRet = struct({ updated: int });
export const domainGetStateArgs = struct({ dom: domain, flags: uint });
export const domainGetStateRet = struct({ state: int, reason: int });
export const domainGetControlInfoArgs = struct({ dom: domain, flags: uint });
export const domainGetControlInfoRet = struct({ state: uint, details: uint, stateTime: uhyper });
export const domainSetMetadataArgs = struct({
  dom: domain,
  type: int,
  metadata: optional(text),
  key: optional(text),
  uri: optional(text),
  flags: uint,
});
export const domainGetMetadataArgs = struct({ dom: domain, type: int, uri: optional(text), flags: uint });
export const domainGetMetadataRet = struct({ metadata: text });
export const domainGetSecurityLabelListArgs = struct({ dom: domain });
export const domainGetSecurityLabelListRet = struct({
  labels: array(domainGetSecurityLabelRet, SECURITY_LABEL_LIST_MAX),
  ret: int,
});
export const domainGetJobStatsArgs = struct({ dom: domain, flags: uint });
export const domainGetJobStatsRet = struct({ type: int, params: array(typedParameter, DOMAIN_JOB_STATS_MAX) });
export const domainGetLaunchSecurityInfoArgs = struct({ dom: domain, flags: uint });
export const domainGetLaunchSecurityInfoRet = struct({
  params: array(typedParameter, DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX),
});
export const domainGetMessagesArgs = struct({ dom: domain, flags: uint });
export const domainGetMessagesRet = struct({ msgs: array(text, DOMAIN_MESSAGES_MAX) });
export const domainAbortJobFlagsArgs = struct({ dom: domain, flags: uint });

/** What is known of a domain, and the job it is busy with. */
export const domainInfoProcedures = {
  domainGetXmlDesc: {
    number: 14,
    args: domainGetXmlDescArgs,
    ret: domainGetXmlDescRet,
    acl: [
      'domain:read',
      { permission: 'domain:read_secure', ifFlags: DOMAIN_XML_SECURE },
      { permission: 'domain:read_secure', ifFlags: DOMAIN_XML_MIGRATABLE },
    ],
    readOnly: { deniedFlags: DOMAIN_XML_SECURE | DOMAIN_XML_MIGRATABLE },
  },
  domainGetInfo: { number: 16, args: domainGetInfoArgs, ret: domainGetInfoRet, acl: ['domain:read'], readOnly: true },
  domainGetOsType: {
    number: 19,
    args: domainGetOsTypeArgs,
    ret: domainGetOsTypeRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetSecurityLabel: {
    number: 121,
    args: domainGetSecurityLabelArgs,
    ret: domainGetSecurityLabelRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainIsActive: {
    number: 150,
    args: domainIsActiveArgs,
    ret: domainIsActiveRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainIsPersistent: {
    number: 151,
    args: domainIsPersistentArgs,
    ret: domainIsPersistentRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetJobInfo: {
    number: 163,
    args: domainGetJobInfoArgs,
    ret: domainGetJobInfoRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainAbortJob: { number: 164, args: domainAbortJobArgs, acl: ['domain:write'] },
  domainIsUpdated: {
    number: 202,
    args: domainIsUpdatedArgs,
    ret: domainIsUpdatedRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetState: {
    number: 212,
    args: domainGetStateArgs,
    ret: domainGetStateRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetControlInfo: {
    number: 229,
    args: domainGetControlInfoArgs,
    ret: domainGetControlInfoRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetMetadata: { number: 264, args: domainSetMetadataArgs, acl: ['domain:write', ...saveIfPersistent('domain')] },
  domainGetMetadata: {
    number: 265,
    args: domainGetMetadataArgs,
    ret: domainGetMetadataRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetSecurityLabelList: {
    number: 278,
    args: domainGetSecurityLabelListArgs,
    ret: domainGetSecurityLabelListRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetJobStats: {
    number: 298,
    args: domainGetJobStatsArgs,
    ret: domainGetJobStatsRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainGetLaunchSecurityInfo: {
    number: 396,
    args: domainGetLaunchSecurityInfoArgs,
    ret: domainGetLaunchSecurityInfoRet,
    acl: ['domain:read'],
  },
  domainGetMessages: {
    number: 426,
    args: domainGetMessagesArgs,
    ret: domainGetMessagesRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainAbortJobFlags: { number: 442, args: domainAbortJobFlagsArgs, acl: ['domain:write'] },
} satisfies ProcedureTable;
