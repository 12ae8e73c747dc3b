import type { ProcedureTable } from '../../procedure.ts';
import { array, int, struct, uint } from '../../xdr/index.ts';
import { INTERFACE_LIST_MAX } from './limits.ts';
import { hostInterface, text } from './types.ts';

export const connectNumOfInterfacesRet = struct({ num: int });
export const connectListInterfacesArgs = struct({ maxnames: int });
export const connectListInterfacesRet = struct({ names: array(text, INTERFACE_LIST_MAX) });
export const interfaceLookupByNameArgs = struct({ name: text });
export const interfaceLookupByNameRet = struct({ iface: hostInterface });
export const interfaceLookupByMacStringArgs = struct({ mac: text });
export const interfaceLookupByMacStringRet = struct({ iface: hostInterface });
export const interfaceGetXmlDescArgs = struct({ iface: hostInterface, flags: uint });
export const interfaceGetXmlDescRet = struct({ xml: text });
export const interfaceDefineXmlArgs = struct({ xml: text, flags: uint });
export const interfaceDefineXmlRet = struct({ iface: hostInterface });
export const interfaceUndefineArgs = struct({ iface: hostInterface });
export const interfaceCreateArgs = struct({ iface: hostInterface, flags: uint });
export const interfaceDestroyArgs = struct({ iface: hostInterface, flags: uint });
export const connectNumOfDefinedInterfacesRet = struct({ num: int });
export const connectListDefinedInterfacesArgs = struct({ maxnames: int });
export const connectListDefinedInterfacesRet = struct({ names: array(text, INTERFACE_LIST_MAX) });
export const interfaceIsActiveArgs = struct({ iface: hostInterface });
export const interfaceIsActiveRet = struct({ active: int });
export const interfaceChangeBeginArgs = struct({ flags: uint });
export const interfaceChangeCommitArgs = struct({ flags: uint });
export const interfaceChangeRollbackArgs = struct({ flags: uint });
export const connectListAllInterfacesArgs = struct({ needResults: int, flags: uint });
export const connectListAllInterfacesRet = struct({ ifaces: array(hostInterface, INTERFACE_LIST_MAX), ret: uint });

/** Network interfaces of the host. */
export const interfaceProcedures = {
  connectNumOfInterfaces: {
    number: 126,
    ret: connectNumOfInterfacesRet,
    priority: 'high',
    acl: ['connect:search_interfaces'],
    aclFilter: 'interface:getattr',
    readOnly: true,
  },
  connectListInterfaces: {
    number: 127,
    args: connectListInterfacesArgs,
    ret: connectListInterfacesRet,
    priority: 'high',
    acl: ['connect:search_interfaces'],
    aclFilter: 'interface:getattr',
    readOnly: true,
  },
  interfaceLookupByName: {
    number: 128,
    args: interfaceLookupByNameArgs,
    ret: interfaceLookupByNameRet,
    priority: 'high',
    acl: ['interface:getattr'],
    readOnly: true,
  },
  interfaceLookupByMacString: {
    number: 129,
    args: interfaceLookupByMacStringArgs,
    ret: interfaceLookupByMacStringRet,
    priority: 'high',
    acl: ['interface:getattr'],
    readOnly: true,
  },
  interfaceGetXmlDesc: {
    number: 130,
    args: interfaceGetXmlDescArgs,
    ret: interfaceGetXmlDescRet,
    acl: ['interface:read'],
    readOnly: true,
  },
  interfaceDefineXml: {
    number: 131,
    args: interfaceDefineXmlArgs,
    ret: interfaceDefineXmlRet,
    priority: 'high',
    acl: ['interface:write', 'interface:save'],
  },
  interfaceUndefine: { number: 132, args: interfaceUndefineArgs, priority: 'high', acl: ['interface:delete'] },
  interfaceCreate: { number: 133, args: interfaceCreateArgs, acl: ['interface:start'] },
  interfaceDestroy: { number: 134, args: interfaceDestroyArgs, priority: 'high', acl: ['interface:stop'] },
  connectNumOfDefinedInterfaces: {
    number: 137,
    ret: connectNumOfDefinedInterfacesRet,
    priority: 'high',
    acl: ['connect:search_interfaces'],
    aclFilter: 'interface:getattr',
    readOnly: true,
  },
  connectListDefinedInterfaces: {
    number: 138,
    args: connectListDefinedInterfacesArgs,
    ret: connectListDefinedInterfacesRet,
    priority: 'high',
    acl: ['connect:search_interfaces'],
    aclFilter: 'interface:getattr',
    readOnly: true,
  },
  interfaceIsActive: {
    number: 156,
    args: interfaceIsActiveArgs,
    ret: interfaceIsActiveRet,
    priority: 'high',
    acl: ['interface:read'],
    readOnly: true,
  },
  interfaceChangeBegin: { number: 220, args: interfaceChangeBeginArgs, acl: ['connect:interface_transaction'] },
  interfaceChangeCommit: { number: 221, args: interfaceChangeCommitArgs, acl: ['connect:interface_transaction'] },
  interfaceChangeRollback: { number: 222, args: interfaceChangeRollbackArgs, acl: ['connect:interface_transaction'] },
  connectListAllInterfaces: {
    number: 284,
    args: connectListAllInterfacesArgs,
    ret: connectListAllInterfacesRet,
    priority: 'high',
    acl: ['connect:search_interfaces'],
    aclFilter: 'interface:getattr',
    readOnly: true,
  },
} satisfies ProcedureTable;
