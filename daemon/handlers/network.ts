import { ErrorDomain, IPAddrType } from '../../drivers/contract/constants.ts';
import type {
  DhcpLease,
  NetworkDriver,
  NetworkEvent,
  NetworkPortRef,
  NetworkRef,
} from '../../drivers/contract/network.ts';
import type { OnDemand } from '../../drivers/contract/on-demand.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import {
  NETWORK_DHCP_LEASES_MAX,
  NETWORK_LIST_MAX,
  NETWORK_PORT_LIST_MAX,
} from '../../protocol/programs/remote/limits.ts';
import type { networkProcedures } from '../../protocol/programs/remote/network.ts';
import type { Call } from '../call.ts';
import type { ObjectEventRouter } from '../events/object-event-router.ts';
import { badArgument, requireRoom } from './argument.ts';
import { requireMetadataArguments } from './network-metadata.ts';
import { withoutStringFlag } from './typed-parameters.ts';
import { wholeList } from './whole-list.ts';

/** Virtual networks, their leases, ports and events. */
export function networkHandlers(driver: OnDemand<NetworkDriver>, router: ObjectEventRouter<NetworkEvent>) {
  return {
    async connectListNetworks(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, NETWORK_LIST_MAX, 'REMOTE_NETWORK_LIST_MAX');
      return { names: (await driver.connectListNetworks()).slice(0, maxnames) };
    },
    connectNumOfNetworks: async () => ({ num: await driver.connectNumOfNetworks() }),
    async connectListDefinedNetworks(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, NETWORK_LIST_MAX, 'REMOTE_NETWORK_LIST_MAX');
      return { names: (await driver.connectListDefinedNetworks()).slice(0, maxnames) };
    },
    connectNumOfDefinedNetworks: async () => ({ num: await driver.connectNumOfDefinedNetworks() }),
    async connectListAllNetworks(_call, { needResults, flags }) {
      const all = await driver.connectListAllNetworks(flags);
      const { list: nets, ret } = wholeList('networks', all, needResults, NETWORK_LIST_MAX);
      return { nets, ret };
    },
    networkLookupByName: async (_call, { name }) => ({ net: await driver.networkLookupByName(name) }),
    networkLookupByUuid: async (_call, { uuid }) => ({ net: await driver.networkLookupByUuid(uuid) }),

    networkDefineXml: async (_call, { xml }) => ({ net: await driver.networkDefineXmlFlags(xml, 0) }),
    networkDefineXmlFlags: async (_call, { xml, flags }) => ({ net: await driver.networkDefineXmlFlags(xml, flags) }),
    networkCreateXml: async (_call, { xml }) => ({ net: await driver.networkCreateXmlFlags(xml, 0) }),
    networkCreateXmlFlags: async (_call, { xml, flags }) => ({ net: await driver.networkCreateXmlFlags(xml, flags) }),
    networkCreate: (_call, { net }) => driver.networkCreate(net),
    networkDestroy: (_call, { net }) => driver.networkDestroy(net),
    networkUndefine: (_call, { net }) => driver.networkUndefine(net),

    networkGetXmlDesc: async (_call, { net, flags }) => ({ xml: await driver.networkGetXmlDesc(net, flags) }),
    networkGetBridgeName: async (_call, { net }) => ({ name: await driver.networkGetBridgeName(net) }),
    networkGetAutostart: async (_call, { net }) => ({ autostart: Number(await driver.networkGetAutostart(net)) }),
    networkSetAutostart: (_call, { net, autostart }) => driver.networkSetAutostart(net, autostart !== 0),
    networkIsActive: async (_call, { net }) => ({ active: Number(await driver.networkIsActive(net)) }),
    networkIsPersistent: async (_call, { net }) => ({ persistent: Number(await driver.networkIsPersistent(net)) }),
    async networkGetDhcpLeases(_call, { net, mac, needResults, flags }) {
      const leases = await driver.networkGetDhcpLeases(net, mac, flags);
      const { list, ret } = wholeList('leases', leases, needResults, NETWORK_DHCP_LEASES_MAX);
      return { leases: list.map(wireLease), ret };
    },
    networkUpdate(_call, { net, command, section, parentIndex, xml, flags }) {
      return driver.networkUpdate(net, command, section, parentIndex, xml, flags);
    },
    async networkGetMetadata(_call, { network, type, uri, flags }) {
      requireMetadataArguments('virNetworkGetMetadata', { type, uri });
      return { metadata: await driver.networkGetMetadata(network, type, uri, flags) };
    },
    networkSetMetadata(_call, { network, type, metadata, key, uri, flags }) {
      requireMetadataArguments('virNetworkSetMetadata', { type, uri, metadata, key });
      return driver.networkSetMetadata(network, type, metadata, key, uri, flags);
    },

    async networkListAllPorts(_call, { network, needResults, flags }) {
      const ports = await driver.networkListAllPorts(network, flags);
      const { list, ret } = wholeList('network ports', ports, needResults, NETWORK_PORT_LIST_MAX);
      return { ports: list.map(wirePort), ret };
    },
    networkPortLookupByUuid: async (_call, { network, uuid }) => ({
      port: wirePort(await driver.networkPortLookupByUuid(network, uuid)),
    }),
    networkPortCreateXml: async (_call, { network, xml, flags }) => ({
      port: wirePort(await driver.networkPortCreateXml(network, xml, flags)),
    }),
    networkPortGetXmlDesc: async (_call, { port, flags }) => ({
      xml: await driver.networkPortGetXmlDesc(driverPort(port), flags),
    }),
    /** Clients of this call make room for what comes: the number that they send means nothing. */
    async networkPortGetParameters(_call, { port, flags }) {
      const params = await driver.networkPortGetParameters(driverPort(port), withoutStringFlag(flags));
      return { params, nparams: params.length };
    },
    networkPortSetParameters(_call, { port, params, flags }) {
      if (params.length === 0)
        throw badArgument('virNetworkPortSetParameters', 'params', 'must not be NULL', ErrorDomain.NETWORK);
      return driver.networkPortSetParameters(driverPort(port), params, flags);
    },
    networkPortDelete: (_call, { port, flags }) => driver.networkPortDelete(driverPort(port), flags),

    connectNetworkEventRegisterAny: ({ client }, { eventID, net }) => ({
      callbackID: router.register(client, eventID, net?.uuid ?? null),
    }),
    connectNetworkEventDeregisterAny: ({ client }, { callbackID }) => router.deregister(client, callbackID),
  } satisfies Handlers<typeof networkProcedures, Call>;
}

const wireLease = ({ family, ...lease }: DhcpLease) => ({
  ...lease,
  type: IPAddrType[family === 'ipv4' ? 'IPV4' : 'IPV6'],
});

const wirePort = ({ network, uuid }: NetworkPortRef) => ({ net: network, uuid });
const driverPort = ({ net, uuid }: { net: NetworkRef; uuid: string }): NetworkPortRef => ({ network: net, uuid });
