import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, optional, struct, uhyper, uint } from '../../xdr/index.ts';
import { DOMAIN_REBOOT_GUEST_AGENT, DOMAIN_SHUTDOWN_GUEST_AGENT } from './access.ts';
import { DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const domainCreateArgs = struct({ dom: domain });
export const domainCreateXmlArgs = struct({ xmlDesc: text, flags: uint });
export const domainCreateXmlRet = struct({ dom: domain });
export const domainDefineXmlArgs = struct({ xml: text });
export const domainDefineXmlRet = struct({ dom: domain });
export const domainDestroyArgs = struct({ dom: domain });
export const domainGetAutostartArgs = struct({ dom: domain });
export const domainGetAutostartRet = struct({ autostart: int });
export const domainRebootArgs = struct({ dom: domain, flags: uint });
export const domainResumeArgs = struct({ dom: domain });
export const domainSetAutostartArgs = struct({ dom: domain, autostart: int });
export const domainShutdownArgs = struct({ dom: domain });
export const domainSuspendArgs = struct({ dom: domain });
export const domainUndefineArgs = struct({ dom: domain });
export const domainCreateWithFlagsArgs = struct({ dom: domain, flags: uint });
export const domainCreateWithFlagsRet = struct({ dom: domain });
export const domainUndefineFlagsArgs = struct({ dom: domain, flags: uint });
export const domainDestroyFlagsArgs = struct({ dom: domain, flags: uint });
export const domainResetArgs = struct({ dom: domain, flags: uint });
export const domainShutdownFlagsArgs = struct({ dom: domain, flags: uint });
export const domainPmSuspendForDurationArgs = struct({ dom: domain, target: uint, duration: uhyper, flags: uint });
export const domainPmWakeupArgs = struct({ dom: domain, flags: uint });
export const domainCreateXmlWithFilesArgs = struct({ xmlDesc: text, flags: uint });
export const domainCreateXmlWithFilesRet = struct({ dom: domain });
export const domainCreateWithFilesArgs = struct({ dom: domain, flags: uint });
export const domainCreateWithFilesRet = struct({ dom: domain });
export const domainDefineXmlFlagsArgs = struct({ xml: text, flags: uint });
export const domainDefineXmlFlagsRet = struct({ dom: domain });
export const domainRenameArgs = struct({ dom: domain, newName: optional(text), flags: uint });
export const domainRenameRet = struct({ retcode: int });
export const domainSetLifecycleActionArgs = struct({ dom: domain, type: uint, action: uint, flags: uint });
export const domainSetLaunchSecurityStateArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX),
  flags: uint,
});
export const domainFdAssociateArgs = struct({ dom: domain, name: text, flags: uint });
export const domainGetAutostartOnceArgs = struct({ dom: domain });
export const domainGetAutostartOnceRet = struct({ autostart: int });
export const domainSetAutostartOnceArgs = struct({ dom: domain, autostart: int });

/** Defining, starting and stopping domains. */
export const domainLifecycleProcedures = {
  domainCreate: { number: 9, args: domainCreateArgs, acl: ['domain:start'] },
  domainCreateXml: {
    number: 10,
    args: domainCreateXmlArgs,
    ret: domainCreateXmlRet,
    acl: ['domain:write', 'domain:start'],
  },
  domainDefineXml: {
    number: 11,
    args: domainDefineXmlArgs,
    ret: domainDefineXmlRet,
    priority: 'high',
    acl: ['domain:write', 'domain:save'],
  },
  domainDestroy: { number: 12, args: domainDestroyArgs, priority: 'high', acl: ['domain:stop'] },
  domainGetAutostart: {
    number: 15,
    args: domainGetAutostartArgs,
    ret: domainGetAutostartRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainReboot: {
    number: 27,
    args: domainRebootArgs,
    acl: ['domain:init_control', { permission: 'domain:write', ifFlags: DOMAIN_REBOOT_GUEST_AGENT }],
  },
  domainResume: { number: 28, args: domainResumeArgs, acl: ['domain:suspend'] },
  domainSetAutostart: { number: 29, args: domainSetAutostartArgs, priority: 'high', acl: ['domain:write'] },
  domainShutdown: { number: 33, args: domainShutdownArgs, acl: ['domain:init_control'] },
  domainSuspend: { number: 34, args: domainSuspendArgs, acl: ['domain:suspend'] },
  domainUndefine: { number: 35, args: domainUndefineArgs, priority: 'high', acl: ['domain:delete'] },
  domainCreateWithFlags: {
    number: 196,
    args: domainCreateWithFlagsArgs,
    ret: domainCreateWithFlagsRet,
    acl: ['domain:start'],
  },
  domainUndefineFlags: { number: 231, args: domainUndefineFlagsArgs, priority: 'high', acl: ['domain:delete'] },
  domainDestroyFlags: { number: 234, args: domainDestroyFlagsArgs, priority: 'high', acl: ['domain:stop'] },
  domainReset: { number: 245, args: domainResetArgs, acl: ['domain:reset'] },
  domainShutdownFlags: {
    number: 258,
    args: domainShutdownFlagsArgs,
    acl: ['domain:init_control', { permission: 'domain:write', ifFlags: DOMAIN_SHUTDOWN_GUEST_AGENT }],
  },
  domainPmSuspendForDuration: { number: 261, args: domainPmSuspendForDurationArgs, acl: ['domain:pm_control'] },
  domainPmWakeup: { number: 267, args: domainPmWakeupArgs, acl: ['domain:pm_control'] },
  domainCreateXmlWithFiles: {
    number: 309,
    args: domainCreateXmlWithFilesArgs,
    ret: domainCreateXmlWithFilesRet,
    fds: 'call',
    acl: ['domain:write', 'domain:start'],
  },
  domainCreateWithFiles: {
    number: 310,
    args: domainCreateWithFilesArgs,
    ret: domainCreateWithFilesRet,
    fds: 'call',
    acl: ['domain:start'],
  },
  domainDefineXmlFlags: {
    number: 350,
    args: domainDefineXmlFlagsArgs,
    ret: domainDefineXmlFlagsRet,
    priority: 'high',
    acl: ['domain:write', 'domain:save'],
  },
  domainRename: { number: 358, args: domainRenameArgs, ret: domainRenameRet, acl: ['domain:write', 'domain:save'] },
  domainSetLifecycleAction: { number: 390, args: domainSetLifecycleActionArgs, acl: ['domain:write'] },
  domainSetLaunchSecurityState: { number: 439, args: domainSetLaunchSecurityStateArgs, acl: ['domain:write'] },
  domainFdAssociate: { number: 443, args: domainFdAssociateArgs, fds: 'call', acl: ['domain:write'] },
  domainGetAutostartOnce: {
    number: 449,
    args: domainGetAutostartOnceArgs,
    ret: domainGetAutostartOnceRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSetAutostartOnce: { number: 450, args: domainSetAutostartOnceArgs, priority: 'high', acl: ['domain:write'] },
} satisfies ProcedureTable;
