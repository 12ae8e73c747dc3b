import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, hyper, int, optional, struct, uint } from '../../xdr/index.ts';
import { DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, saveIfPersistent } from './access.ts';
import { DOMAIN_INTERFACE_MAX, DOMAIN_INTERFACE_PARAMETERS_MAX, DOMAIN_IP_ADDR_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const domainAttachDeviceArgs = struct({ dom: domain, xml: text });
export const domainDetachDeviceArgs = struct({ dom: domain, xml: text });
export const domainInterfaceStatsArgs = struct({ dom: domain, device: text });
export const domainInterfaceStatsRet = struct({
  rxBytes: hyper,
  rxPackets: hyper,
  rxErrs: hyper,
  rxDrop: hyper,
  txBytes: hyper,
  txPackets: hyper,
  txErrs: hyper,
  txDrop: hyper,
});
export const domainAttachDeviceFlagsArgs = struct({ dom: domain, xml: text, flags: uint });
export const domainDetachDeviceFlagsArgs = struct({ dom: domain, xml: text, flags: uint });
export const domainUpdateDeviceFlagsArgs = struct({ dom: domain, xml: text, flags: uint });
export const domainOpenConsoleArgs = struct({ dom: domain, devName: optional(text), flags: uint });
export const domainScreenshotArgs = struct({ dom: domain, screen: uint, flags: uint });
export const domainScreenshotRet = struct({ mime: optional(text) });
export const domainOpenGraphicsArgs = struct({ dom: domain, idx: uint, flags: uint });
export const domainSetInterfaceParametersArgs = struct({
  dom: domain,
  device: text,
  params: array(typedParameter, DOMAIN_INTERFACE_PARAMETERS_MAX),
  flags: uint,
});
export const domainGetInterfaceParametersArgs = struct({ dom: domain, device: text, nparams: int, flags: uint });
export const domainGetInterfaceParametersRet = struct({
  params: array(typedParameter, DOMAIN_INTERFACE_PARAMETERS_MAX),
  nparams: int,
});
export const domainOpenChannelArgs = struct({ dom: domain, name: optional(text), flags: uint });
export const domainOpenGraphicsFdArgs = struct({ dom: domain, idx: uint, flags: uint });
export const domainInterfaceAddressesArgs = struct({ dom: domain, source: uint, flags: uint });
export const domainIpAddr = struct({ type: int, addr: text, prefix: uint });
export const domainInterface = struct({
  name: text,
  hwaddr: optional(text),
  addrs: array(domainIpAddr, DOMAIN_IP_ADDR_MAX),
});
export const domainInterfaceAddressesRet = struct({ ifaces: array(domainInterface, DOMAIN_INTERFACE_MAX) });
export const domainDetachDeviceAliasArgs = struct({ dom: domain, alias: text, flags: uint });
export const domainGraphicsReloadArgs = struct({ dom: domain, type: uint, flags: uint });

/** Devices of domains: hot-plug, interfaces, consoles and graphics. */
export const domainDeviceProcedures = {
  domainAttachDevice: { number: 8, args: domainAttachDeviceArgs, acl: ['domain:write'] },
  domainDetachDevice: { number: 13, args: domainDetachDeviceArgs, acl: ['domain:write'] },
  domainInterfaceStats: {
    number: 65,
    args: domainInterfaceStatsArgs,
    ret: domainInterfaceStatsRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainAttachDeviceFlags: {
    number: 160,
    args: domainAttachDeviceFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainDetachDeviceFlags: {
    number: 161,
    args: domainDetachDeviceFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainUpdateDeviceFlags: {
    number: 174,
    args: domainUpdateDeviceFlagsArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainOpenConsole: { number: 201, args: domainOpenConsoleArgs, stream: 'read', acl: ['domain:open_device'] },
  domainScreenshot: {
    number: 211,
    args: domainScreenshotArgs,
    ret: domainScreenshotRet,
    stream: 'read',
    acl: ['domain:screenshot'],
  },
  domainOpenGraphics: { number: 249, args: domainOpenGraphicsArgs, fds: 'call', acl: ['domain:open_graphics'] },
  domainSetInterfaceParameters: {
    number: 256,
    args: domainSetInterfaceParametersArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGetInterfaceParameters: {
    number: 257,
    args: domainGetInterfaceParametersArgs,
    ret: domainGetInterfaceParametersRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainOpenChannel: { number: 296, args: domainOpenChannelArgs, stream: 'read', acl: ['domain:open_device'] },
  domainOpenGraphicsFd: { number: 343, args: domainOpenGraphicsFdArgs, fds: 'reply', acl: ['domain:open_graphics'] },
  domainInterfaceAddresses: {
    number: 353,
    args: domainInterfaceAddressesArgs,
    ret: domainInterfaceAddressesRet,
    acl: ['domain:read', { permission: 'domain:write', ifSource: DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT }],
    readOnly: { deniedSource: DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT },
  },
  domainDetachDeviceAlias: {
    number: 392,
    args: domainDetachDeviceAliasArgs,
    acl: ['domain:write', ...saveIfPersistent('domain')],
  },
  domainGraphicsReload: { number: 448, args: domainGraphicsReloadArgs, acl: ['domain:write'] },
} satisfies ProcedureTable;
