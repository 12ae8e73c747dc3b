import type { ProcedureTable } from '../../procedure.ts';
import { array, int, optional, struct, uint } from '../../xdr/index.ts';
import { DOMAIN_CHECKPOINT_CREATE_QUIESCE, DOMAIN_CHECKPOINT_XML_SECURE } from './access.ts';
import { DOMAIN_CHECKPOINT_LIST_MAX } from './limits.ts';
import { domain, domainCheckpoint, text } from './types.ts';

export const domainCheckpointCreateXmlArgs = struct({ dom: domain, xmlDesc: text, flags: uint });
export const domainCheckpointCreateXmlRet = struct({ checkpoint: domainCheckpoint });
export const domainCheckpointGetXmlDescArgs = struct({ checkpoint: domainCheckpoint, flags: uint });
export const domainCheckpointGetXmlDescRet = struct({ xml: text });
export const domainListAllCheckpointsArgs = struct({ dom: domain, needResults: int, flags: uint });
export const domainListAllCheckpointsRet = struct({
  checkpoints: array(domainCheckpoint, DOMAIN_CHECKPOINT_LIST_MAX),
  ret: int,
});
export const domainCheckpointListAllChildrenArgs = struct({
  checkpoint: domainCheckpoint,
  needResults: int,
  flags: uint,
});
export const domainCheckpointListAllChildrenRet = struct({
  checkpoints: array(domainCheckpoint, DOMAIN_CHECKPOINT_LIST_MAX),
  ret: int,
});
export const domainCheckpointLookupByNameArgs = struct({ dom: domain, name: text, flags: uint });
export const domainCheckpointLookupByNameRet = struct({ checkpoint: domainCheckpoint });
export const domainCheckpointGetParentArgs = struct({ checkpoint: domainCheckpoint, flags: uint });
export const domainCheckpointGetParentRet = struct({ parent: domainCheckpoint });
export const domainCheckpointDeleteArgs = struct({ checkpoint: domainCheckpoint, flags: uint });
export const domainBackupBeginArgs = struct({
  dom: domain,
  backupXml: text,
  checkpointXml: optional(text),
  flags: uint,
});
export const domainBackupGetXmlDescArgs = struct({ dom: domain, flags: uint });
export const domainBackupGetXmlDescRet = struct({ xml: text });

/** Checkpoints of domains, and backups made from them. */
export const domainCheckpointProcedures = {
  domainCheckpointCreateXml: {
    number: 411,
    args: domainCheckpointCreateXmlArgs,
    ret: domainCheckpointCreateXmlRet,
    acl: ['domain:checkpoint', { permission: 'domain:fs_freeze', ifFlags: DOMAIN_CHECKPOINT_CREATE_QUIESCE }],
  },
  domainCheckpointGetXmlDesc: {
    number: 412,
    args: domainCheckpointGetXmlDescArgs,
    ret: domainCheckpointGetXmlDescRet,
    acl: ['domain:read', { permission: 'domain:read_secure', ifFlags: DOMAIN_CHECKPOINT_XML_SECURE }],
    readOnly: { deniedFlags: DOMAIN_CHECKPOINT_XML_SECURE },
  },
  domainListAllCheckpoints: {
    number: 413,
    args: domainListAllCheckpointsArgs,
    ret: domainListAllCheckpointsRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainCheckpointListAllChildren: {
    number: 414,
    args: domainCheckpointListAllChildrenArgs,
    ret: domainCheckpointListAllChildrenRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainCheckpointLookupByName: {
    number: 415,
    args: domainCheckpointLookupByNameArgs,
    ret: domainCheckpointLookupByNameRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainCheckpointGetParent: {
    number: 416,
    args: domainCheckpointGetParentArgs,
    ret: domainCheckpointGetParentRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainCheckpointDelete: { number: 417, args: domainCheckpointDeleteArgs, acl: ['domain:checkpoint'] },
  domainBackupBegin: { number: 421, args: domainBackupBeginArgs, acl: ['domain:checkpoint', 'domain:block_write'] },
  domainBackupGetXmlDesc: {
    number: 422,
    args: domainBackupGetXmlDescArgs,
    ret: domainBackupGetXmlDescRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
} satisfies ProcedureTable;
