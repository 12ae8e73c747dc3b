import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, hyper, int, optional, struct, uhyper, uint } from '../../xdr/index.ts';
import {
  DOMAIN_ANNOUNCE_INTERFACE_PARAMS_MAX,
  DOMAIN_AUTHORIZED_SSH_KEYS_MAX,
  DOMAIN_FSFREEZE_MOUNTPOINTS_MAX,
  DOMAIN_FSINFO_DISKS_MAX,
  DOMAIN_FSINFO_MAX,
  DOMAIN_GUEST_INFO_PARAMS_MAX,
  DOMAIN_GUEST_VCPU_PARAMS_MAX,
  DOMAIN_SEND_KEY_MAX,
} from './limits.ts';
import { domain, text } from './types.ts';

export const domainInjectNmiArgs = struct({ dom: domain, flags: uint });
export const domainSendKeyArgs = struct({
  dom: domain,
  codeset: uint,
  holdtime: uint,
  keycodes: array(uint, DOMAIN_SEND_KEY_MAX),
  flags: uint,
});
export const domainGetHostnameArgs = struct({ dom: domain, flags: uint });
export const domainGetHostnameRet = struct({ hostname: text });
export const domainFstrimArgs = struct({ dom: domain, mountPoint: optional(text), minimum: uhyper, flags: uint });
export const domainSendProcessSignalArgs = struct({ dom: domain, pidValue: hyper, signum: uint, flags: uint });
export const domainFsfreezeArgs = struct({
  dom: domain,
  mountpoints: array(text, DOMAIN_FSFREEZE_MOUNTPOINTS_MAX),
  flags: uint,
});
export const domainFsfreezeRet = struct({ filesystems: int });
export const domainFsthawArgs = struct({
  dom: domain,
  mountpoints: array(text, DOMAIN_FSFREEZE_MOUNTPOINTS_MAX),
  flags: uint,
});
export const domainFsthawRet = struct({ filesystems: int });
export const domainGetTimeArgs = struct({ dom: domain, flags: uint });
export const domainGetTimeRet = struct({ seconds: hyper, nseconds: uint });
export const domainSetTimeArgs = struct({ dom: domain, seconds: hyper, nseconds: uint, flags: uint });
export const domainGetFsinfoArgs = struct({ dom: domain, flags: uint });
export const domainFsinfo = struct({
  mountpoint: text,
  name: text,
  fstype: text,
  devAliases: array(text, DOMAIN_FSINFO_DISKS_MAX),
});
export const domainGetFsinfoRet = struct({ info: array(domainFsinfo, DOMAIN_FSINFO_MAX), ret: uint });
export const domainSetUserPasswordArgs = struct({
  dom: domain,
  user: optional(text),
  password: optional(text),
  flags: uint,
});
export const domainGetGuestVcpusArgs = struct({ dom: domain, flags: uint });
export const domainGetGuestVcpusRet = struct({ params: array(typedParameter, DOMAIN_GUEST_VCPU_PARAMS_MAX) });
export const domainSetGuestVcpusArgs = struct({ dom: domain, cpumap: text, state: int, flags: uint });
export const domainGetGuestInfoArgs = struct({ dom: domain, types: uint, flags: uint });
export const domainGetGuestInfoRet = struct({ params: array(typedParameter, DOMAIN_GUEST_INFO_PARAMS_MAX) });
export const domainAgentSetResponseTimeoutArgs = struct({ dom: domain, timeout: int, flags: uint });
export const domainAgentSetResponseTimeoutRet = struct({ result: int });
export const domainAuthorizedSshKeysGetArgs = struct({ dom: domain, user: text, flags: uint });
export const domainAuthorizedSshKeysGetRet = struct({ keys: array(text, DOMAIN_AUTHORIZED_SSH_KEYS_MAX) });
export const domainAuthorizedSshKeysSetArgs = struct({
  dom: domain,
  user: text,
  keys: array(text, DOMAIN_AUTHORIZED_SSH_KEYS_MAX),
  flags: uint,
});
export const domainAnnounceInterfaceArgs = struct({
  dom: domain,
  device: optional(text),
  params: array(typedParameter, DOMAIN_ANNOUNCE_INTERFACE_PARAMS_MAX),
  flags: uint,
});

/** What happens inside the guest: file systems, time, users, signals and keys. */
export const domainGuestProcedures = {
  domainInjectNmi: { number: 210, args: domainInjectNmiArgs, acl: ['domain:inject_nmi'] },
  domainSendKey: { number: 226, args: domainSendKeyArgs, acl: ['domain:send_input'] },
  domainGetHostname: { number: 277, args: domainGetHostnameArgs, ret: domainGetHostnameRet, acl: ['domain:write'] },
  domainFstrim: { number: 294, args: domainFstrimArgs, acl: ['domain:fs_trim'] },
  domainSendProcessSignal: { number: 295, args: domainSendProcessSignalArgs, acl: ['domain:send_signal'] },
  domainFsfreeze: { number: 335, args: domainFsfreezeArgs, ret: domainFsfreezeRet, acl: ['domain:fs_freeze'] },
  domainFsthaw: { number: 336, args: domainFsthawArgs, ret: domainFsthawRet, acl: ['domain:fs_freeze'] },
  domainGetTime: { number: 337, args: domainGetTimeArgs, ret: domainGetTimeRet, acl: ['domain:write'] },
  domainSetTime: { number: 338, args: domainSetTimeArgs, acl: ['domain:set_time'] },
  domainGetFsinfo: { number: 349, args: domainGetFsinfoArgs, ret: domainGetFsinfoRet, acl: ['domain:fs_freeze'] },
  domainSetUserPassword: { number: 357, args: domainSetUserPasswordArgs, acl: ['domain:set_password'] },
  domainGetGuestVcpus: {
    number: 371,
    args: domainGetGuestVcpusArgs,
    ret: domainGetGuestVcpusRet,
    acl: ['domain:write'],
  },
  domainSetGuestVcpus: { number: 372, args: domainSetGuestVcpusArgs, acl: ['domain:write'] },
  domainGetGuestInfo: { number: 418, args: domainGetGuestInfoArgs, ret: domainGetGuestInfoRet, acl: ['domain:write'] },
  domainAgentSetResponseTimeout: {
    number: 420,
    args: domainAgentSetResponseTimeoutArgs,
    ret: domainAgentSetResponseTimeoutRet,
    acl: ['domain:write'],
  },
  domainAuthorizedSshKeysGet: {
    number: 424,
    args: domainAuthorizedSshKeysGetArgs,
    ret: domainAuthorizedSshKeysGetRet,
    acl: ['domain:write'],
  },
  domainAuthorizedSshKeysSet: { number: 425, args: domainAuthorizedSshKeysSetArgs, acl: ['domain:write'] },
  domainAnnounceInterface: { number: 456, args: domainAnnounceInterfaceArgs, acl: ['domain:write'] },
} satisfies ProcedureTable;
