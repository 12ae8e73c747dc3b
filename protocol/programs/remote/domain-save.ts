import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, optional, struct, uint } from '../../xdr/index.ts';
import { DOMAIN_SAVE_IMAGE_XML_SECURE } from './access.ts';
import { DOMAIN_SAVE_PARAMS_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const domainCoreDumpArgs = struct({ dom: domain, to: text, flags: uint });
export const domainRestoreArgs = struct({ from: text });
export const domainSaveArgs = struct({ dom: domain, to: text });
export const domainManagedSaveArgs = struct({ dom: domain, flags: uint });
export const domainHasManagedSaveImageArgs = struct({ dom: domain, flags: uint });
export const domainHasManagedSaveImageRet = struct({ result: int });
export const domainManagedSaveRemoveArgs = struct({ dom: domain, flags: uint });
export const domainSaveFlagsArgs = struct({ dom: domain, to: text, dxml: optional(text), flags: uint });
export const domainRestoreFlagsArgs = struct({ from: text, dxml: optional(text), flags: uint });
export const domainSaveImageGetXmlDescArgs = struct({ file: text, flags: uint });
export const domainSaveImageGetXmlDescRet = struct({ xml: text });
export const domainSaveImageDefineXmlArgs = struct({ file: text, dxml: text, flags: uint });
export const domainCoreDumpWithFormatArgs = struct({ dom: domain, to: text, dumpformat: uint, flags: uint });
export const domainManagedSaveGetXmlDescArgs = struct({ dom: domain, flags: uint });
export const domainManagedSaveGetXmlDescRet = struct({ xml: text });
export const domainManagedSaveDefineXmlArgs = struct({ dom: domain, dxml: optional(text), flags: uint });
export const domainSaveParamsArgs = struct({
  dom: domain,
  params: array(typedParameter, DOMAIN_SAVE_PARAMS_MAX),
  flags: uint,
});
export const domainRestoreParamsArgs = struct({ params: array(typedParameter, DOMAIN_SAVE_PARAMS_MAX), flags: uint });

/** Saving domains to files and restoring them; dumps of their memory. */
export const domainSaveProcedures = {
  domainCoreDump: { number: 53, args: domainCoreDumpArgs, acl: ['domain:core_dump'] },
  domainRestore: { number: 54, args: domainRestoreArgs, acl: ['domain:start', 'domain:write'] },
  domainSave: { number: 55, args: domainSaveArgs, acl: ['domain:hibernate'] },
  domainManagedSave: { number: 182, args: domainManagedSaveArgs, acl: ['domain:hibernate'] },
  domainHasManagedSaveImage: {
    number: 183,
    args: domainHasManagedSaveImageArgs,
    ret: domainHasManagedSaveImageRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainManagedSaveRemove: { number: 184, args: domainManagedSaveRemoveArgs, acl: ['domain:hibernate'] },
  domainSaveFlags: { number: 232, args: domainSaveFlagsArgs, acl: ['domain:hibernate'] },
  domainRestoreFlags: { number: 233, args: domainRestoreFlagsArgs, acl: ['domain:start', 'domain:write'] },
  domainSaveImageGetXmlDesc: {
    number: 235,
    args: domainSaveImageGetXmlDescArgs,
    ret: domainSaveImageGetXmlDescRet,
    priority: 'high',
    acl: ['domain:write'],
  },
  domainSaveImageDefineXml: {
    number: 236,
    args: domainSaveImageDefineXmlArgs,
    priority: 'high',
    acl: ['domain:write', 'domain:hibernate'],
  },
  domainCoreDumpWithFormat: { number: 334, args: domainCoreDumpWithFormatArgs, acl: ['domain:core_dump'] },
  domainManagedSaveGetXmlDesc: {
    number: 388,
    args: domainManagedSaveGetXmlDescArgs,
    ret: domainManagedSaveGetXmlDescRet,
    acl: ['domain:read', { permission: 'domain:read_secure', ifFlags: DOMAIN_SAVE_IMAGE_XML_SECURE }],
    readOnly: { deniedFlags: DOMAIN_SAVE_IMAGE_XML_SECURE },
  },
  domainManagedSaveDefineXml: {
    number: 389,
    args: domainManagedSaveDefineXmlArgs,
    acl: ['domain:write', 'domain:hibernate'],
  },
  domainSaveParams: { number: 440, args: domainSaveParamsArgs, acl: ['domain:hibernate'] },
  domainRestoreParams: { number: 441, args: domainRestoreParamsArgs, acl: ['domain:start', 'domain:write'] },
} satisfies ProcedureTable;
