import type { ProcedureTable } from '../../procedure.ts';
import { array, int, optional, struct, uint } from '../../xdr/index.ts';
import { saveIfPersistent } from './access.ts';
import { NODE_DEVICE_CAPS_LIST_MAX, NODE_DEVICE_LIST_MAX } from './limits.ts';
import { nodeDevice, text } from './types.ts';

export const nodeNumOfDevicesArgs = struct({ cap: optional(text), flags: uint });
export const nodeNumOfDevicesRet = struct({ num: int });
export const nodeListDevicesArgs = struct({ cap: optional(text), maxnames: int, flags: uint });
export const nodeListDevicesRet = struct({ names: array(text, NODE_DEVICE_LIST_MAX) });
export const nodeDeviceLookupByNameArgs = struct({ name: text });
export const nodeDeviceLookupByNameRet = struct({ dev: nodeDevice });
export const nodeDeviceGetXmlDescArgs = struct({ name: text, flags: uint });
export const nodeDeviceGetXmlDescRet = struct({ xml: text });
export const nodeDeviceGetParentArgs = struct({ name: text });
export const nodeDeviceGetParentRet = struct({ parentName: optional(text) });
export const nodeDeviceNumOfCapsArgs = struct({ name: text });
export const nodeDeviceNumOfCapsRet = struct({ num: int });
export const nodeDeviceListCapsArgs = struct({ name: text, maxnames: int });
export const nodeDeviceListCapsRet = struct({ names: array(text, NODE_DEVICE_CAPS_LIST_MAX) });
export const nodeDeviceDettachArgs = struct({ name: text });
export const nodeDeviceReAttachArgs = struct({ name: text });
export const nodeDeviceResetArgs = struct({ name: text });
export const nodeDeviceCreateXmlArgs = struct({ xmlDesc: text, flags: uint });
export const nodeDeviceCreateXmlRet = struct({ dev: nodeDevice });
export const nodeDeviceDestroyArgs = struct({ name: text });
export const connectListAllNodeDevicesArgs = struct({ needResults: int, flags: uint });
export const connectListAllNodeDevicesRet = struct({ devices: array(nodeDevice, NODE_DEVICE_LIST_MAX), ret: uint });
export const nodeDeviceLookupScsiHostByWwnArgs = struct({ wwnn: text, wwpn: text, flags: uint });
export const nodeDeviceLookupScsiHostByWwnRet = struct({ dev: nodeDevice });
export const nodeDeviceDetachFlagsArgs = struct({ name: text, driverName: optional(text), flags: uint });
export const connectNodeDeviceEventRegisterAnyArgs = struct({ eventID: int, dev: optional(nodeDevice) });
export const connectNodeDeviceEventRegisterAnyRet = struct({ callbackID: int });
export const connectNodeDeviceEventDeregisterAnyArgs = struct({ callbackID: int });
export const nodeDeviceEventLifecycleMsg = struct({ callbackID: int, dev: nodeDevice, event: int, detail: int });
export const nodeDeviceEventUpdateMsg = struct({ callbackID: int, dev: nodeDevice });
export const nodeDeviceDefineXmlArgs = struct({ xmlDesc: text, flags: uint });
export const nodeDeviceDefineXmlRet = struct({ dev: nodeDevice });
export const nodeDeviceUndefineArgs = struct({ name: text, flags: uint });
export const nodeDeviceCreateArgs = struct({ name: text, flags: uint });
export const nodeDeviceGetAutostartArgs = struct({ name: text });
export const nodeDeviceGetAutostartRet = struct({ autostart: int });
export const nodeDeviceSetAutostartArgs = struct({ name: text, autostart: int });
export const nodeDeviceIsPersistentArgs = struct({ name: text });
export const nodeDeviceIsPersistentRet = struct({ persistent: int });
export const nodeDeviceIsActiveArgs = struct({ name: text });
export const nodeDeviceIsActiveRet = struct({ active: int });
export const nodeDeviceUpdateArgs = struct({ name: text, xmlDesc: text, flags: uint });

/** Devices of the host. */
export const nodeDeviceProcedures = {
  nodeNumOfDevices: {
    number: 111,
    args: nodeNumOfDevicesArgs,
    ret: nodeNumOfDevicesRet,
    priority: 'high',
    acl: ['connect:search_node_devices'],
    aclFilter: 'node_device:getattr',
    readOnly: true,
  },
  nodeListDevices: {
    number: 112,
    args: nodeListDevicesArgs,
    ret: nodeListDevicesRet,
    priority: 'high',
    acl: ['connect:search_node_devices'],
    aclFilter: 'node_device:getattr',
    readOnly: true,
  },
  nodeDeviceLookupByName: {
    number: 113,
    args: nodeDeviceLookupByNameArgs,
    ret: nodeDeviceLookupByNameRet,
    priority: 'high',
    acl: ['node_device:getattr'],
    readOnly: true,
  },
  nodeDeviceGetXmlDesc: {
    number: 114,
    args: nodeDeviceGetXmlDescArgs,
    ret: nodeDeviceGetXmlDescRet,
    acl: ['node_device:read'],
    readOnly: true,
  },
  nodeDeviceGetParent: {
    number: 115,
    args: nodeDeviceGetParentArgs,
    ret: nodeDeviceGetParentRet,
    priority: 'high',
    acl: ['node_device:read'],
    readOnly: true,
  },
  nodeDeviceNumOfCaps: {
    number: 116,
    args: nodeDeviceNumOfCapsArgs,
    ret: nodeDeviceNumOfCapsRet,
    priority: 'high',
    acl: ['node_device:read'],
    readOnly: true,
  },
  nodeDeviceListCaps: {
    number: 117,
    args: nodeDeviceListCapsArgs,
    ret: nodeDeviceListCapsRet,
    priority: 'high',
    acl: ['node_device:read'],
    readOnly: true,
  },
  nodeDeviceDettach: { number: 118, args: nodeDeviceDettachArgs, acl: ['node_device:detach'] },
  nodeDeviceReAttach: { number: 119, args: nodeDeviceReAttachArgs, acl: ['node_device:detach'] },
  nodeDeviceReset: { number: 120, args: nodeDeviceResetArgs, acl: ['node_device:detach'] },
  nodeDeviceCreateXml: {
    number: 123,
    args: nodeDeviceCreateXmlArgs,
    ret: nodeDeviceCreateXmlRet,
    acl: ['node_device:write', 'node_device:start'],
  },
  nodeDeviceDestroy: { number: 124, args: nodeDeviceDestroyArgs, priority: 'high', acl: ['node_device:stop'] },
  connectListAllNodeDevices: {
    number: 285,
    args: connectListAllNodeDevicesArgs,
    ret: connectListAllNodeDevicesRet,
    priority: 'high',
    acl: ['connect:search_node_devices'],
    aclFilter: 'node_device:getattr',
    readOnly: true,
  },
  nodeDeviceLookupScsiHostByWwn: {
    number: 297,
    args: nodeDeviceLookupScsiHostByWwnArgs,
    ret: nodeDeviceLookupScsiHostByWwnRet,
    priority: 'high',
    acl: ['node_device:getattr'],
    readOnly: true,
  },
  nodeDeviceDetachFlags: { number: 301, args: nodeDeviceDetachFlagsArgs, acl: ['node_device:detach'] },
  connectNodeDeviceEventRegisterAny: {
    number: 374,
    args: connectNodeDeviceEventRegisterAnyArgs,
    ret: connectNodeDeviceEventRegisterAnyRet,
    priority: 'high',
    acl: ['connect:search_node_devices'],
    aclFilter: 'node_device:getattr',
    readOnly: true,
  },
  connectNodeDeviceEventDeregisterAny: {
    number: 375,
    args: connectNodeDeviceEventDeregisterAnyArgs,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  nodeDeviceEventLifecycle: { number: 376, message: nodeDeviceEventLifecycleMsg },
  nodeDeviceEventUpdate: { number: 377, message: nodeDeviceEventUpdateMsg },
  nodeDeviceDefineXml: {
    number: 428,
    args: nodeDeviceDefineXmlArgs,
    ret: nodeDeviceDefineXmlRet,
    acl: ['node_device:write'],
  },
  nodeDeviceUndefine: { number: 429, args: nodeDeviceUndefineArgs, priority: 'high', acl: ['node_device:delete'] },
  nodeDeviceCreate: { number: 430, args: nodeDeviceCreateArgs, priority: 'high', acl: ['node_device:start'] },
  nodeDeviceGetAutostart: {
    number: 433,
    args: nodeDeviceGetAutostartArgs,
    ret: nodeDeviceGetAutostartRet,
    priority: 'high',
    acl: ['node_device:read'],
  },
  nodeDeviceSetAutostart: {
    number: 434,
    args: nodeDeviceSetAutostartArgs,
    priority: 'high',
    acl: ['node_device:write'],
  },
  nodeDeviceIsPersistent: {
    number: 435,
    args: nodeDeviceIsPersistentArgs,
    ret: nodeDeviceIsPersistentRet,
    priority: 'high',
    acl: ['node_device:read'],
    readOnly: true,
  },
  nodeDeviceIsActive: {
    number: 436,
    args: nodeDeviceIsActiveArgs,
    ret: nodeDeviceIsActiveRet,
    priority: 'high',
    acl: ['node_device:read'],
    readOnly: true,
  },
  nodeDeviceUpdate: {
    number: 447,
    args: nodeDeviceUpdateArgs,
    priority: 'high',
    acl: ['node_device:write', ...saveIfPersistent('node_device')],
  },
} satisfies ProcedureTable;
