import type { ProcedureTable } from '../../procedure.ts';
import { array, int, struct, uint, uuid } from '../../xdr/index.ts';
import { NWFILTER_BINDING_LIST_MAX, NWFILTER_LIST_MAX } from './limits.ts';
import { nwfilter, nwfilterBinding, text } from './types.ts';

export const nwfilterLookupByNameArgs = struct({ name: text });
export const nwfilterLookupByNameRet = struct({ nwfilter: nwfilter });
export const nwfilterLookupByUuidArgs = struct({ uuid: uuid });
export const nwfilterLookupByUuidRet = struct({ nwfilter: nwfilter });
export const nwfilterGetXmlDescArgs = struct({ nwfilter: nwfilter, flags: uint });
export const nwfilterGetXmlDescRet = struct({ xml: text });
export const connectNumOfNwfiltersRet = struct({ num: int });
export const connectListNwfiltersArgs = struct({ maxnames: int });
export const connectListNwfiltersRet = struct({ names: array(text, NWFILTER_LIST_MAX) });
export const nwfilterDefineXmlArgs = struct({ xml: text });
export const nwfilterDefineXmlRet = struct({ nwfilter: nwfilter });
export const nwfilterUndefineArgs = struct({ nwfilter: nwfilter });
export const connectListAllNwfiltersArgs = struct({ needResults: int, flags: uint });
export const connectListAllNwfiltersRet = struct({ filters: array(nwfilter, NWFILTER_LIST_MAX), ret: uint });
export const nwfilterBindingLookupByPortDevArgs = struct({ name: text });
export const nwfilterBindingLookupByPortDevRet = struct({ nwfilter: nwfilterBinding });
export const nwfilterBindingGetXmlDescArgs = struct({ nwfilter: nwfilterBinding, flags: uint });
export const nwfilterBindingGetXmlDescRet = struct({ xml: text });
export const nwfilterBindingCreateXmlArgs = struct({ xml: text, flags: uint });
export const nwfilterBindingCreateXmlRet = struct({ nwfilter: nwfilterBinding });
export const nwfilterBindingDeleteArgs = struct({ nwfilter: nwfilterBinding });
export const connectListAllNwfilterBindingsArgs = struct({ needResults: int, flags: uint });
export const connectListAllNwfilterBindingsRet = struct({
  bindings: array(nwfilterBinding, NWFILTER_BINDING_LIST_MAX),
  ret: uint,
});
export const nwfilterDefineXmlFlagsArgs = struct({ xml: text, flags: uint });
export const nwfilterDefineXmlFlagsRet = struct({ nwfilter: nwfilter });

/** Network filters and their bindings. */
export const nwfilterProcedures = {
  nwfilterLookupByName: {
    number: 175,
    args: nwfilterLookupByNameArgs,
    ret: nwfilterLookupByNameRet,
    priority: 'high',
    acl: ['nwfilter:getattr'],
    readOnly: true,
  },
  nwfilterLookupByUuid: {
    number: 176,
    args: nwfilterLookupByUuidArgs,
    ret: nwfilterLookupByUuidRet,
    priority: 'high',
    acl: ['nwfilter:getattr'],
    readOnly: true,
  },
  nwfilterGetXmlDesc: {
    number: 177,
    args: nwfilterGetXmlDescArgs,
    ret: nwfilterGetXmlDescRet,
    priority: 'high',
    acl: ['nwfilter:read'],
    readOnly: true,
  },
  connectNumOfNwfilters: {
    number: 178,
    ret: connectNumOfNwfiltersRet,
    priority: 'high',
    acl: ['connect:search_nwfilters'],
    aclFilter: 'nwfilter:getattr',
    readOnly: true,
  },
  connectListNwfilters: {
    number: 179,
    args: connectListNwfiltersArgs,
    ret: connectListNwfiltersRet,
    priority: 'high',
    acl: ['connect:search_nwfilters'],
    aclFilter: 'nwfilter:getattr',
    readOnly: true,
  },
  nwfilterDefineXml: {
    number: 180,
    args: nwfilterDefineXmlArgs,
    ret: nwfilterDefineXmlRet,
    priority: 'high',
    acl: ['nwfilter:write', 'nwfilter:save'],
  },
  nwfilterUndefine: { number: 181, args: nwfilterUndefineArgs, priority: 'high', acl: ['nwfilter:delete'] },
  connectListAllNwfilters: {
    number: 286,
    args: connectListAllNwfiltersArgs,
    ret: connectListAllNwfiltersRet,
    priority: 'high',
    acl: ['connect:search_nwfilters'],
    aclFilter: 'nwfilter:getattr',
    readOnly: true,
  },
  nwfilterBindingLookupByPortDev: {
    number: 397,
    args: nwfilterBindingLookupByPortDevArgs,
    ret: nwfilterBindingLookupByPortDevRet,
    priority: 'high',
    acl: ['nwfilter_binding:getattr'],
    readOnly: true,
  },
  nwfilterBindingGetXmlDesc: {
    number: 398,
    args: nwfilterBindingGetXmlDescArgs,
    ret: nwfilterBindingGetXmlDescRet,
    priority: 'high',
    acl: ['nwfilter_binding:read'],
    readOnly: true,
  },
  nwfilterBindingCreateXml: {
    number: 399,
    args: nwfilterBindingCreateXmlArgs,
    ret: nwfilterBindingCreateXmlRet,
    priority: 'high',
    acl: ['nwfilter_binding:create'],
  },
  nwfilterBindingDelete: {
    number: 400,
    args: nwfilterBindingDeleteArgs,
    priority: 'high',
    acl: ['nwfilter_binding:delete'],
  },
  connectListAllNwfilterBindings: {
    number: 401,
    args: connectListAllNwfilterBindingsArgs,
    ret: connectListAllNwfilterBindingsRet,
    priority: 'high',
    acl: ['connect:search_nwfilter_bindings'],
    aclFilter: 'nwfilter_binding:getattr',
    readOnly: true,
  },
  nwfilterDefineXmlFlags: {
    number: 431,
    args: nwfilterDefineXmlFlagsArgs,
    ret: nwfilterDefineXmlFlagsRet,
    priority: 'high',
    acl: ['nwfilter:write', 'nwfilter:save'],
  },
} satisfies ProcedureTable;
