import type { ProcedureTable } from '../../procedure.ts';
import { char, struct, uhyper, uint } from '../../xdr/index.ts';
import { storagePool, storageVol, text } from './types.ts';

export const storageVolCreateXmlArgs = struct({ pool: storagePool, xml: text, flags: uint });
export const storageVolCreateXmlRet = struct({ vol: storageVol });
export const storageVolDeleteArgs = struct({ vol: storageVol, flags: uint });
export const storageVolLookupByNameArgs = struct({ pool: storagePool, name: text });
export const storageVolLookupByNameRet = struct({ vol: storageVol });
export const storageVolLookupByKeyArgs = struct({ key: text });
export const storageVolLookupByKeyRet = struct({ vol: storageVol });
export const storageVolLookupByPathArgs = struct({ path: text });
export const storageVolLookupByPathRet = struct({ vol: storageVol });
export const storageVolGetInfoArgs = struct({ vol: storageVol });
export const storageVolGetInfoRet = struct({ type: char, capacity: uhyper, allocation: uhyper });
export const storageVolGetXmlDescArgs = struct({ vol: storageVol, flags: uint });
export const storageVolGetXmlDescRet = struct({ xml: text });
export const storageVolGetPathArgs = struct({ vol: storageVol });
export const storageVolGetPathRet = struct({ name: text });
export const storageVolCreateXmlFromArgs = struct({ pool: storagePool, xml: text, clonevol: storageVol, flags: uint });
export const storageVolCreateXmlFromRet = struct({ vol: storageVol });
export const storageVolWipeArgs = struct({ vol: storageVol, flags: uint });
export const storageVolUploadArgs = struct({ vol: storageVol, offset: uhyper, length: uhyper, flags: uint });
export const storageVolDownloadArgs = struct({ vol: storageVol, offset: uhyper, length: uhyper, flags: uint });
export const storageVolWipePatternArgs = struct({ vol: storageVol, algorithm: uint, flags: uint });
export const storageVolResizeArgs = struct({ vol: storageVol, capacity: uhyper, flags: uint });
export const storageVolGetInfoFlagsArgs = struct({ vol: storageVol, flags: uint });
export const storageVolGetInfoFlagsRet = struct({ type: char, capacity: uhyper, allocation: uhyper });

/** Storage volumes. */
export const storageVolumeProcedures = {
  storageVolCreateXml: {
    number: 93,
    args: storageVolCreateXmlArgs,
    ret: storageVolCreateXmlRet,
    acl: ['storage_vol:create'],
  },
  storageVolDelete: { number: 94, args: storageVolDeleteArgs, acl: ['storage_vol:delete'] },
  storageVolLookupByName: {
    number: 95,
    args: storageVolLookupByNameArgs,
    ret: storageVolLookupByNameRet,
    priority: 'high',
    acl: ['storage_vol:getattr'],
    readOnly: true,
  },
  storageVolLookupByKey: {
    number: 96,
    args: storageVolLookupByKeyArgs,
    ret: storageVolLookupByKeyRet,
    priority: 'high',
    acl: ['storage_vol:getattr'],
    readOnly: true,
  },
  storageVolLookupByPath: {
    number: 97,
    args: storageVolLookupByPathArgs,
    ret: storageVolLookupByPathRet,
    priority: 'high',
    acl: ['storage_vol:getattr'],
    readOnly: true,
  },
  storageVolGetInfo: {
    number: 98,
    args: storageVolGetInfoArgs,
    ret: storageVolGetInfoRet,
    priority: 'high',
    acl: ['storage_vol:read'],
    readOnly: true,
  },
  storageVolGetXmlDesc: {
    number: 99,
    args: storageVolGetXmlDescArgs,
    ret: storageVolGetXmlDescRet,
    priority: 'high',
    acl: ['storage_vol:read'],
    readOnly: true,
  },
  storageVolGetPath: {
    number: 100,
    args: storageVolGetPathArgs,
    ret: storageVolGetPathRet,
    priority: 'high',
    acl: ['storage_vol:read'],
    readOnly: true,
  },
  storageVolCreateXmlFrom: {
    number: 125,
    args: storageVolCreateXmlFromArgs,
    ret: storageVolCreateXmlFromRet,
    acl: ['storage_vol:create'],
  },
  storageVolWipe: { number: 165, args: storageVolWipeArgs, acl: ['storage_vol:format'] },
  storageVolUpload: { number: 208, args: storageVolUploadArgs, stream: 'write', acl: ['storage_vol:data_write'] },
  storageVolDownload: { number: 209, args: storageVolDownloadArgs, stream: 'read', acl: ['storage_vol:data_read'] },
  storageVolWipePattern: { number: 259, args: storageVolWipePatternArgs, acl: ['storage_vol:format'] },
  storageVolResize: { number: 260, args: storageVolResizeArgs, acl: ['storage_vol:resize'] },
  storageVolGetInfoFlags: {
    number: 378,
    args: storageVolGetInfoFlagsArgs,
    ret: storageVolGetInfoFlagsRet,
    priority: 'high',
    acl: ['storage_vol:read'],
    readOnly: true,
  },
} satisfies ProcedureTable;
