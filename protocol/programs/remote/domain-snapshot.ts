import type { ProcedureTable } from '../../procedure.ts';
import { array, int, struct, uint } from '../../xdr/index.ts';
import { DOMAIN_SNAPSHOT_CREATE_QUIESCE, DOMAIN_SNAPSHOT_XML_SECURE } from './access.ts';
import { DOMAIN_SNAPSHOT_LIST_MAX } from './limits.ts';
import { domain, domainSnapshot, text } from './types.ts';

export const domainSnapshotCreateXmlArgs = struct({ dom: domain, xmlDesc: text, flags: uint });
export const domainSnapshotCreateXmlRet = struct({ snap: domainSnapshot });
export const domainSnapshotGetXmlDescArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotGetXmlDescRet = struct({ xml: text });
export const domainSnapshotNumArgs = struct({ dom: domain, flags: uint });
export const domainSnapshotNumRet = struct({ num: int });
export const domainSnapshotListNamesArgs = struct({ dom: domain, maxnames: int, flags: uint });
export const domainSnapshotListNamesRet = struct({ names: array(text, DOMAIN_SNAPSHOT_LIST_MAX) });
export const domainSnapshotLookupByNameArgs = struct({ dom: domain, name: text, flags: uint });
export const domainSnapshotLookupByNameRet = struct({ snap: domainSnapshot });
export const domainHasCurrentSnapshotArgs = struct({ dom: domain, flags: uint });
export const domainHasCurrentSnapshotRet = struct({ result: int });
export const domainSnapshotCurrentArgs = struct({ dom: domain, flags: uint });
export const domainSnapshotCurrentRet = struct({ snap: domainSnapshot });
export const domainRevertToSnapshotArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotDeleteArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotGetParentArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotGetParentRet = struct({ snap: domainSnapshot });
export const domainSnapshotNumChildrenArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotNumChildrenRet = struct({ num: int });
export const domainSnapshotListChildrenNamesArgs = struct({ snap: domainSnapshot, maxnames: int, flags: uint });
export const domainSnapshotListChildrenNamesRet = struct({ names: array(text, DOMAIN_SNAPSHOT_LIST_MAX) });
export const domainSnapshotIsCurrentArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotIsCurrentRet = struct({ current: int });
export const domainSnapshotHasMetadataArgs = struct({ snap: domainSnapshot, flags: uint });
export const domainSnapshotHasMetadataRet = struct({ metadata: int });
export const domainListAllSnapshotsArgs = struct({ dom: domain, needResults: int, flags: uint });
export const domainListAllSnapshotsRet = struct({
  snapshots: array(domainSnapshot, DOMAIN_SNAPSHOT_LIST_MAX),
  ret: int,
});
export const domainSnapshotListAllChildrenArgs = struct({ snapshot: domainSnapshot, needResults: int, flags: uint });
export const domainSnapshotListAllChildrenRet = struct({
  snapshots: array(domainSnapshot, DOMAIN_SNAPSHOT_LIST_MAX),
  ret: int,
});

/** Snapshots of domains. */
export const domainSnapshotProcedures = {
  domainSnapshotCreateXml: {
    number: 185,
    args: domainSnapshotCreateXmlArgs,
    ret: domainSnapshotCreateXmlRet,
    acl: ['domain:snapshot', { permission: 'domain:fs_freeze', ifFlags: DOMAIN_SNAPSHOT_CREATE_QUIESCE }],
  },
  domainSnapshotGetXmlDesc: {
    number: 186,
    args: domainSnapshotGetXmlDescArgs,
    ret: domainSnapshotGetXmlDescRet,
    priority: 'high',
    acl: ['domain:read', { permission: 'domain:read_secure', ifFlags: DOMAIN_SNAPSHOT_XML_SECURE }],
    readOnly: { deniedFlags: DOMAIN_SNAPSHOT_XML_SECURE },
  },
  domainSnapshotNum: {
    number: 187,
    args: domainSnapshotNumArgs,
    ret: domainSnapshotNumRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotListNames: {
    number: 188,
    args: domainSnapshotListNamesArgs,
    ret: domainSnapshotListNamesRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotLookupByName: {
    number: 189,
    args: domainSnapshotLookupByNameArgs,
    ret: domainSnapshotLookupByNameRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainHasCurrentSnapshot: {
    number: 190,
    args: domainHasCurrentSnapshotArgs,
    ret: domainHasCurrentSnapshotRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotCurrent: {
    number: 191,
    args: domainSnapshotCurrentArgs,
    ret: domainSnapshotCurrentRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainRevertToSnapshot: { number: 192, args: domainRevertToSnapshotArgs, acl: ['domain:snapshot'] },
  domainSnapshotDelete: { number: 193, args: domainSnapshotDeleteArgs, acl: ['domain:snapshot'] },
  domainSnapshotGetParent: {
    number: 244,
    args: domainSnapshotGetParentArgs,
    ret: domainSnapshotGetParentRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotNumChildren: {
    number: 246,
    args: domainSnapshotNumChildrenArgs,
    ret: domainSnapshotNumChildrenRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotListChildrenNames: {
    number: 247,
    args: domainSnapshotListChildrenNamesArgs,
    ret: domainSnapshotListChildrenNamesRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotIsCurrent: {
    number: 271,
    args: domainSnapshotIsCurrentArgs,
    ret: domainSnapshotIsCurrentRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotHasMetadata: {
    number: 272,
    args: domainSnapshotHasMetadataArgs,
    ret: domainSnapshotHasMetadataRet,
    acl: ['domain:read'],
    readOnly: true,
  },
  domainListAllSnapshots: {
    number: 274,
    args: domainListAllSnapshotsArgs,
    ret: domainListAllSnapshotsRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
  domainSnapshotListAllChildren: {
    number: 275,
    args: domainSnapshotListAllChildrenArgs,
    ret: domainSnapshotListAllChildrenRet,
    priority: 'high',
    acl: ['domain:read'],
    readOnly: true,
  },
} satisfies ProcedureTable;
