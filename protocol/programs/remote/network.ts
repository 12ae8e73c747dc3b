import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, hyper, int, optional, struct, uint, uuid } from '../../xdr/index.ts';
import { saveIfPersistent } from './access.ts';
import {
  NETWORK_DHCP_LEASES_MAX,
  NETWORK_LIST_MAX,
  NETWORK_PORT_LIST_MAX,
  NETWORK_PORT_PARAMETERS_MAX,
} from './limits.ts';
import { network, networkPort, text } from './types.ts';

export const connectListDefinedNetworksArgs = struct({ maxnames: int });
export const connectListDefinedNetworksRet = struct({ names: array(text, NETWORK_LIST_MAX) });
export const connectListNetworksArgs = struct({ maxnames: int });
export const connectListNetworksRet = struct({ names: array(text, NETWORK_LIST_MAX) });
export const networkCreateArgs = struct({ net: network });
export const networkCreateXmlArgs = struct({ xml: text });
export const networkCreateXmlRet = struct({ net: network });
export const networkDefineXmlArgs = struct({ xml: text });
export const networkDefineXmlRet = struct({ net: network });
export const networkDestroyArgs = struct({ net: network });
export const networkGetXmlDescArgs = struct({ net: network, flags: uint });
export const networkGetXmlDescRet = struct({ xml: text });
export const networkGetAutostartArgs = struct({ net: network });
export const networkGetAutostartRet = struct({ autostart: int });
export const networkGetBridgeNameArgs = struct({ net: network });
export const networkGetBridgeNameRet = struct({ name: text });
export const networkLookupByNameArgs = struct({ name: text });
export const networkLookupByNameRet = struct({ net: network });
export const networkLookupByUuidArgs = struct({ uuid: uuid });
export const networkLookupByUuidRet = struct({ net: network });
export const networkSetAutostartArgs = struct({ net: network, autostart: int });
export const networkUndefineArgs = struct({ net: network });
export const connectNumOfDefinedNetworksRet = struct({ num: int });
export const connectNumOfNetworksRet = struct({ num: int });
export const networkIsActiveArgs = struct({ net: network });
export const networkIsActiveRet = struct({ active: int });
export const networkIsPersistentArgs = struct({ net: network });
export const networkIsPersistentRet = struct({ persistent: int });
export const connectListAllNetworksArgs = struct({ needResults: int, flags: uint });
export const connectListAllNetworksRet = struct({ nets: array(network, NETWORK_LIST_MAX), ret: uint });
export const networkUpdateArgs = struct({
  net: network,
  command: uint,
  section: uint,
  parentIndex: int,
  xml: text,
  flags: uint,
});
export const connectNetworkEventRegisterAnyArgs = struct({ eventID: int, net: optional(network) });
export const connectNetworkEventRegisterAnyRet = struct({ callbackID: int });
export const connectNetworkEventDeregisterAnyArgs = struct({ callbackID: int });
export const networkEventLifecycleMsg = struct({ callbackID: int, net: network, event: int, detail: int });
export const networkGetDhcpLeasesArgs = struct({ net: network, mac: optional(text), needResults: int, flags: uint });
export const networkDhcpLease = struct({
  iface: text,
  expirytime: hyper,
  type: int,
  mac: optional(text),
  iaid: optional(text),
  ipaddr: text,
  prefix: uint,
  hostname: optional(text),
  clientid: optional(text),
});
export const networkGetDhcpLeasesRet = struct({ leases: array(networkDhcpLease, NETWORK_DHCP_LEASES_MAX), ret: uint });
export const networkListAllPortsArgs = struct({ network: network, needResults: int, flags: uint });
export const networkListAllPortsRet = struct({ ports: array(networkPort, NETWORK_PORT_LIST_MAX), ret: uint });
export const networkPortLookupByUuidArgs = struct({ network: network, uuid: uuid });
export const networkPortLookupByUuidRet = struct({ port: networkPort });
export const networkPortCreateXmlArgs = struct({ network: network, xml: text, flags: uint });
export const networkPortCreateXmlRet = struct({ port: networkPort });
export const networkPortGetParametersArgs = struct({ port: networkPort, nparams: int, flags: uint });
export const networkPortGetParametersRet = struct({
  params: array(typedParameter, NETWORK_PORT_PARAMETERS_MAX),
  nparams: int,
});
export const networkPortSetParametersArgs = struct({
  port: networkPort,
  params: array(typedParameter, NETWORK_PORT_PARAMETERS_MAX),
  flags: uint,
});
export const networkPortGetXmlDescArgs = struct({ port: networkPort, flags: uint });
export const networkPortGetXmlDescRet = struct({ xml: text });
export const networkPortDeleteArgs = struct({ port: networkPort, flags: uint });
export const networkDefineXmlFlagsArgs = struct({ xml: text, flags: uint });
export const networkDefineXmlFlagsRet = struct({ net: network });
export const networkCreateXmlFlagsArgs = struct({ xml: text, flags: uint });
export const networkCreateXmlFlagsRet = struct({ net: network });
export const networkSetMetadataArgs = struct({
  network: network,
  type: int,
  metadata: optional(text),
  key: optional(text),
  uri: optional(text),
  flags: uint,
});
export const networkGetMetadataArgs = struct({ network: network, type: int, uri: optional(text), flags: uint });
export const networkGetMetadataRet = struct({ metadata: text });
export const networkEventCallbackMetadataChangeMsg = struct({
  callbackID: int,
  net: network,
  type: int,
  nsuri: optional(text),
});

/** Virtual networks, their ports, leases and events. */
export const networkProcedures = {
  connectListDefinedNetworks: {
    number: 36,
    args: connectListDefinedNetworksArgs,
    ret: connectListDefinedNetworksRet,
    priority: 'high',
    acl: ['connect:search_networks'],
    aclFilter: 'network:getattr',
    readOnly: true,
  },
  connectListNetworks: {
    number: 38,
    args: connectListNetworksArgs,
    ret: connectListNetworksRet,
    priority: 'high',
    acl: ['connect:search_networks'],
    aclFilter: 'network:getattr',
    readOnly: true,
  },
  networkCreate: { number: 39, args: networkCreateArgs, acl: ['network:start'] },
  networkCreateXml: {
    number: 40,
    args: networkCreateXmlArgs,
    ret: networkCreateXmlRet,
    acl: ['network:write', 'network:start'],
  },
  networkDefineXml: {
    number: 41,
    args: networkDefineXmlArgs,
    ret: networkDefineXmlRet,
    priority: 'high',
    acl: ['network:write', 'network:save'],
  },
  networkDestroy: { number: 42, args: networkDestroyArgs, priority: 'high', acl: ['network:stop'] },
  networkGetXmlDesc: {
    number: 43,
    args: networkGetXmlDescArgs,
    ret: networkGetXmlDescRet,
    priority: 'high',
    acl: ['network:read'],
    readOnly: true,
  },
  networkGetAutostart: {
    number: 44,
    args: networkGetAutostartArgs,
    ret: networkGetAutostartRet,
    priority: 'high',
    acl: ['network:read'],
    readOnly: true,
  },
  networkGetBridgeName: {
    number: 45,
    args: networkGetBridgeNameArgs,
    ret: networkGetBridgeNameRet,
    priority: 'high',
    acl: ['network:read'],
    readOnly: true,
  },
  networkLookupByName: {
    number: 46,
    args: networkLookupByNameArgs,
    ret: networkLookupByNameRet,
    priority: 'high',
    acl: ['network:getattr'],
    readOnly: true,
  },
  networkLookupByUuid: {
    number: 47,
    args: networkLookupByUuidArgs,
    ret: networkLookupByUuidRet,
    priority: 'high',
    acl: ['network:getattr'],
    readOnly: true,
  },
  networkSetAutostart: { number: 48, args: networkSetAutostartArgs, priority: 'high', acl: ['network:write'] },
  networkUndefine: { number: 49, args: networkUndefineArgs, priority: 'high', acl: ['network:delete'] },
  connectNumOfDefinedNetworks: {
    number: 50,
    ret: connectNumOfDefinedNetworksRet,
    priority: 'high',
    acl: ['connect:search_networks'],
    aclFilter: 'network:getattr',
    readOnly: true,
  },
  connectNumOfNetworks: {
    number: 52,
    ret: connectNumOfNetworksRet,
    priority: 'high',
    acl: ['connect:search_networks'],
    aclFilter: 'network:getattr',
    readOnly: true,
  },
  networkIsActive: {
    number: 152,
    args: networkIsActiveArgs,
    ret: networkIsActiveRet,
    priority: 'high',
    acl: ['network:read'],
    readOnly: true,
  },
  networkIsPersistent: {
    number: 153,
    args: networkIsPersistentArgs,
    ret: networkIsPersistentRet,
    priority: 'high',
    acl: ['network:read'],
    readOnly: true,
  },
  connectListAllNetworks: {
    number: 283,
    args: connectListAllNetworksArgs,
    ret: connectListAllNetworksRet,
    priority: 'high',
    acl: ['connect:search_networks'],
    aclFilter: 'network:getattr',
    readOnly: true,
  },
  networkUpdate: {
    number: 291,
    args: networkUpdateArgs,
    priority: 'high',
    acl: ['network:write', ...saveIfPersistent('network')],
  },
  connectNetworkEventRegisterAny: {
    number: 313,
    args: connectNetworkEventRegisterAnyArgs,
    ret: connectNetworkEventRegisterAnyRet,
    priority: 'high',
    acl: ['connect:search_networks'],
    aclFilter: 'network:getattr',
    readOnly: true,
  },
  connectNetworkEventDeregisterAny: {
    number: 314,
    args: connectNetworkEventDeregisterAnyArgs,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  networkEventLifecycle: { number: 315, message: networkEventLifecycleMsg },
  networkGetDhcpLeases: {
    number: 341,
    args: networkGetDhcpLeasesArgs,
    ret: networkGetDhcpLeasesRet,
    acl: ['network:read'],
    readOnly: true,
  },
  networkListAllPorts: {
    number: 404,
    args: networkListAllPortsArgs,
    ret: networkListAllPortsRet,
    priority: 'high',
    acl: ['network:search_ports'],
    aclFilter: 'network_port:getattr',
    readOnly: true,
  },
  networkPortLookupByUuid: {
    number: 405,
    args: networkPortLookupByUuidArgs,
    ret: networkPortLookupByUuidRet,
    priority: 'high',
    acl: ['network_port:getattr'],
    readOnly: true,
  },
  networkPortCreateXml: {
    number: 406,
    args: networkPortCreateXmlArgs,
    ret: networkPortCreateXmlRet,
    acl: ['network_port:create'],
  },
  networkPortGetParameters: {
    number: 407,
    args: networkPortGetParametersArgs,
    ret: networkPortGetParametersRet,
    acl: ['network_port:read'],
    readOnly: true,
  },
  networkPortSetParameters: { number: 408, args: networkPortSetParametersArgs, acl: ['network_port:write'] },
  networkPortGetXmlDesc: {
    number: 409,
    args: networkPortGetXmlDescArgs,
    ret: networkPortGetXmlDescRet,
    acl: ['network_port:read'],
    readOnly: true,
  },
  networkPortDelete: { number: 410, args: networkPortDeleteArgs, acl: ['network_port:delete'] },
  networkDefineXmlFlags: {
    number: 432,
    args: networkDefineXmlFlagsArgs,
    ret: networkDefineXmlFlagsRet,
    priority: 'high',
    acl: ['network:write', 'network:save'],
  },
  networkCreateXmlFlags: {
    number: 437,
    args: networkCreateXmlFlagsArgs,
    ret: networkCreateXmlFlagsRet,
    priority: 'high',
    acl: ['network:write', 'network:start'],
  },
  networkSetMetadata: {
    number: 444,
    args: networkSetMetadataArgs,
    acl: ['network:write', ...saveIfPersistent('network')],
  },
  networkGetMetadata: {
    number: 445,
    args: networkGetMetadataArgs,
    ret: networkGetMetadataRet,
    acl: ['network:read'],
    readOnly: true,
  },
  networkEventCallbackMetadataChange: { number: 446, message: networkEventCallbackMetadataChangeMsg },
} satisfies ProcedureTable;
