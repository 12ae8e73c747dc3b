import type { Program } from '../procedure.ts';
import { hyper, int, optional, struct, uint } from '../xdr/index.ts';
import { domain, text } from './remote/types.ts';

export const domainMonitorCommandArgs = struct({ dom: domain, cmd: text, flags: uint });
export const domainMonitorCommandRet = struct({ result: text });
export const domainAttachArgs = struct({ pidValue: uint, flags: uint });
export const domainAttachRet = struct({ dom: domain });
export const domainAgentCommandArgs = struct({ dom: domain, cmd: text, timeout: int, flags: uint });
export const domainAgentCommandRet = struct({ result: optional(text) });
export const connectDomainMonitorEventRegisterArgs = struct({
  dom: optional(domain),
  event: optional(text),
  flags: uint,
});
export const connectDomainMonitorEventRegisterRet = struct({ callbackID: int });
export const connectDomainMonitorEventDeregisterArgs = struct({ callbackID: int });
export const domainMonitorEventMsg = struct({
  callbackID: int,
  dom: domain,
  event: text,
  seconds: hyper,
  micros: uint,
  details: optional(text),
});
export const domainMonitorCommandWithFilesArgs = struct({ dom: domain, cmd: text, flags: uint });
export const domainMonitorCommandWithFilesRet = struct({ result: text });

/** What the public API keeps apart for QEMU. Known so that each call is answered by name. */
export const qemu = {
  name: 'qemu',
  number: 0x20008087,
  version: 1,
  procedures: {
    domainMonitorCommand: {
      number: 1,
      args: domainMonitorCommandArgs,
      ret: domainMonitorCommandRet,
      acl: ['domain:write'],
    },
    domainAttach: { number: 2, args: domainAttachArgs, ret: domainAttachRet, acl: ['domain:start', 'domain:write'] },
    domainAgentCommand: { number: 3, args: domainAgentCommandArgs, ret: domainAgentCommandRet, acl: ['domain:write'] },
    connectDomainMonitorEventRegister: {
      number: 4,
      args: connectDomainMonitorEventRegisterArgs,
      ret: connectDomainMonitorEventRegisterRet,
      priority: 'high',
      acl: ['connect:search_domains', 'connect:write'],
      aclFilter: 'domain:getattr',
    },
    connectDomainMonitorEventDeregister: {
      number: 5,
      args: connectDomainMonitorEventDeregisterArgs,
      priority: 'high',
      acl: ['connect:write'],
    },
    domainMonitorEvent: { number: 6, message: domainMonitorEventMsg },
    domainMonitorCommandWithFiles: {
      number: 7,
      args: domainMonitorCommandWithFilesArgs,
      ret: domainMonitorCommandWithFilesRet,
      fds: 'both',
      acl: ['domain:write'],
    },
  },
} satisfies Program;
