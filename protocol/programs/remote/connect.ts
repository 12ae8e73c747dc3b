import type { ProcedureTable } from '../../procedure.ts';
import { array, int, optional, struct, uhyper, uint } from '../../xdr/index.ts';
import { CONNECT_CPU_MODELS_MAX, CPU_BASELINE_MAX } from './limits.ts';
import { text } from './types.ts';

export const connectOpenArgs = struct({ name: optional(text), flags: uint });
export const connectGetTypeRet = struct({ type: text });
export const connectGetVersionRet = struct({ hvVer: uhyper });
export const connectGetMaxVcpusArgs = struct({ type: optional(text) });
export const connectGetMaxVcpusRet = struct({ maxVcpus: int });
export const connectGetCapabilitiesRet = struct({ capabilities: text });
export const connectGetHostnameRet = struct({ hostname: text });
export const connectSupportsFeatureArgs = struct({ feature: int });
export const connectSupportsFeatureRet = struct({ supported: int });
export const connectGetUriRet = struct({ uri: text });
export const connectDomainXmlFromNativeArgs = struct({ nativeFormat: text, nativeConfig: text, flags: uint });
export const connectDomainXmlFromNativeRet = struct({ domainXml: text });
export const connectDomainXmlToNativeArgs = struct({ nativeFormat: text, domainXml: text, flags: uint });
export const connectDomainXmlToNativeRet = struct({ nativeConfig: text });
export const connectIsSecureRet = struct({ secure: int });
export const connectGetLibVersionRet = struct({ libVer: uhyper });
export const connectCompareCpuArgs = struct({ xml: text, flags: uint });
export const connectCompareCpuRet = struct({ result: int });
export const connectBaselineCpuArgs = struct({ xmlCPUs: array(text, CPU_BASELINE_MAX), flags: uint });
export const connectBaselineCpuRet = struct({ cpu: text });
export const connectGetSysinfoArgs = struct({ flags: uint });
export const connectGetSysinfoRet = struct({ sysinfo: text });
export const connectGetCpuModelNamesArgs = struct({ arch: text, needResults: int, flags: uint });
export const connectGetCpuModelNamesRet = struct({ models: array(text, CONNECT_CPU_MODELS_MAX), ret: int });
export const connectGetDomainCapabilitiesArgs = struct({
  emulatorbin: optional(text),
  arch: optional(text),
  machine: optional(text),
  virttype: optional(text),
  flags: uint,
});
export const connectGetDomainCapabilitiesRet = struct({ capabilities: text });
export const connectEventConnectionClosedMsg = struct({ reason: int });
export const connectCompareHypervisorCpuArgs = struct({
  emulator: optional(text),
  arch: optional(text),
  machine: optional(text),
  virttype: optional(text),
  xmlCPU: text,
  flags: uint,
});
export const connectCompareHypervisorCpuRet = struct({ result: int });
export const connectBaselineHypervisorCpuArgs = struct({
  emulator: optional(text),
  arch: optional(text),
  machine: optional(text),
  virttype: optional(text),
  xmlCPUs: array(text, CPU_BASELINE_MAX),
  flags: uint,
});
export const connectBaselineHypervisorCpuRet = struct({ cpu: text });

/** The connection, and what the hypervisor can do. */
export const connectProcedures = {
  connectOpen: { number: 1, args: connectOpenArgs, priority: 'high', acl: ['connect:getattr'], readOnly: true },
  connectClose: { number: 2, priority: 'high', acl: [], readOnly: true },
  connectGetType: { number: 3, ret: connectGetTypeRet, priority: 'high', acl: ['connect:getattr'], readOnly: true },
  connectGetVersion: {
    number: 4,
    ret: connectGetVersionRet,
    priority: 'high',
    acl: ['connect:getattr'],
    readOnly: true,
  },
  connectGetMaxVcpus: {
    number: 5,
    args: connectGetMaxVcpusArgs,
    ret: connectGetMaxVcpusRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  connectGetCapabilities: { number: 7, ret: connectGetCapabilitiesRet, acl: ['connect:read'], readOnly: true },
  connectGetHostname: {
    number: 59,
    ret: connectGetHostnameRet,
    priority: 'high',
    acl: ['connect:getattr'],
    readOnly: true,
  },
  connectSupportsFeature: {
    number: 60,
    args: connectSupportsFeatureArgs,
    ret: connectSupportsFeatureRet,
    priority: 'high',
    acl: ['connect:getattr'],
    readOnly: true,
  },
  connectGetUri: { number: 110, ret: connectGetUriRet, priority: 'high', acl: ['connect:getattr'], readOnly: true },
  connectDomainXmlFromNative: {
    number: 135,
    args: connectDomainXmlFromNativeArgs,
    ret: connectDomainXmlFromNativeRet,
    acl: ['connect:write'],
  },
  connectDomainXmlToNative: {
    number: 136,
    args: connectDomainXmlToNativeArgs,
    ret: connectDomainXmlToNativeRet,
    acl: ['connect:write'],
  },
  connectIsSecure: { number: 149, ret: connectIsSecureRet, priority: 'high', acl: [], readOnly: true },
  connectGetLibVersion: {
    number: 157,
    ret: connectGetLibVersionRet,
    priority: 'high',
    acl: ['connect:getattr'],
    readOnly: true,
  },
  connectCompareCpu: {
    number: 158,
    args: connectCompareCpuArgs,
    ret: connectCompareCpuRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  connectBaselineCpu: {
    number: 162,
    args: connectBaselineCpuArgs,
    ret: connectBaselineCpuRet,
    acl: ['connect:read'],
    readOnly: true,
  },
  connectGetSysinfo: {
    number: 203,
    args: connectGetSysinfoArgs,
    ret: connectGetSysinfoRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  connectGetCpuModelNames: {
    number: 312,
    args: connectGetCpuModelNamesArgs,
    ret: connectGetCpuModelNamesRet,
    acl: ['connect:read'],
    readOnly: true,
  },
  connectGetDomainCapabilities: {
    number: 342,
    args: connectGetDomainCapabilitiesArgs,
    ret: connectGetDomainCapabilitiesRet,
    acl: ['connect:write'],
  },
  connectRegisterCloseCallback: { number: 360, priority: 'high', acl: ['connect:getattr'], readOnly: true },
  connectUnregisterCloseCallback: { number: 361, priority: 'high', acl: ['connect:getattr'], readOnly: true },
  connectEventConnectionClosed: { number: 362, message: connectEventConnectionClosedMsg },
  connectCompareHypervisorCpu: {
    number: 393,
    args: connectCompareHypervisorCpuArgs,
    ret: connectCompareHypervisorCpuRet,
    acl: ['connect:write'],
  },
  connectBaselineHypervisorCpu: {
    number: 394,
    args: connectBaselineHypervisorCpuArgs,
    ret: connectBaselineHypervisorCpuRet,
    acl: ['connect:write'],
  },
} satisfies ProcedureTable;
