import { randomUUID } from 'node:crypto';
import { ErrorDomain, NetworkEventLifecycleType as Lifecycle } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type {
  AllocatedPlug,
  AllocatedPort,
  NetworkPorts,
  PortRequest,
  PortSettings,
} from '../../contract/network-ports.ts';
import { canonicalMac } from '../../xml/network/texts.ts';
import type { NetworkBandwidth } from '../../xml/network/definition.ts';
import type { NetworkPort, PortPlug } from '../../xml/network/port-definition.ts';
import type { NetworkContext } from '../context.ts';
import { isListed, runningOf, type Network } from '../network.ts';
import { addPort, changePort, plugPort, portOf, removePort } from './changes.ts';
import { groupOf } from './effective.ts';

/** Ports for the interfaces of our own domains. */
export function guestPorts(context: NetworkContext): NetworkPorts {
  const { networks, jobs, host } = context;
  const named = (name: string): Network => {
    const network = networks.byName(name);
    if (network === undefined || !isListed(network))
      throw errors.noNetwork(`no network with matching name '${name}'`, ErrorDomain.NETWORK);
    return network;
  };
  const change = <T>(name: string, job: (network: Network) => Promise<T>): Promise<T> => {
    const network = named(name);
    return jobs.change(network, () => job(network));
  };
  return {
    allocate: request =>
      change(request.network, async network => {
        const port = await addPort(context, network, asked(request, randomUUID()), { reclaim: false, ofDomain: true });
        return allocated(network, port);
      }),
    reclaim: (portId, request, present) =>
      change(request.network, async network => {
        const known = network.running?.ports.get(portId);
        if (known !== undefined) return allocated(network, known.settings);
        const port = { ...asked(request, portId), plug: present === null ? null : { driver: null, ...present } };
        return allocated(network, await addPort(context, network, port, { reclaim: present !== null, ofDomain: true }));
      }),
    plugged: (name, portId, device) => change(name, network => plugPort(context, network, portId, device)),
    changeBandwidth: (name, portId, bandwidth) =>
      change(name, async network => {
        const group = groupOf(runningOf(network).definition, portOf(network, portId).settings.group);
        const wanted = copied(bandwidth) ?? group?.bandwidth ?? null;
        return (await changePort(context, network, portId, wanted)).bandwidth;
      }),
    async release(name, portId) {
      const network = networks.byName(name);
      if (network === undefined) return;
      await jobs.follow(network, async () => {
        if (network.running?.ports.has(portId) === true) await removePort(context, network, portId);
      });
    },
    async releaseAllBut(used) {
      for (const network of networks.all())
        await jobs.follow(network, async () => {
          for (const [uuid, { ofDomain }] of network.running?.ports ?? [])
            if (ofDomain && !used.has(uuid)) await removePort(context, network, uuid);
        });
    },
    started: {
      subscribe: listener =>
        context.events.subscribe(event => {
          if (event.kind === 'lifecycle' && event.event === Lifecycle.STARTED) listener(event.network.name);
        }),
    },
    async leases(name, mac) {
      const running = networks.byName(name)?.running;
      return running === null || running === undefined ? [] : await host.leases(running.definition, canonicalMac(mac));
    },
    bridges: () =>
      new Map(
        [...networks.all()].flatMap(({ name, running }): [string, string][] => {
          const bridge = running?.definition.bridge?.name ?? null;
          return bridge === null ? [] : [[name, bridge]];
        }),
      ),
  };
}

const copied = (bandwidth: PortSettings['bandwidth']): NetworkBandwidth | null =>
  bandwidth === null
    ? null
    : {
        inbound: bandwidth.inbound === null ? null : { ...bandwidth.inbound },
        outbound: bandwidth.outbound === null ? null : { ...bandwidth.outbound },
      };

const asked = (request: PortRequest, uuid: string): NetworkPort => ({
  uuid,
  owner: { ...request.owner },
  mac: canonicalMac(request.mac),
  group: request.portgroup,
  bandwidth: copied(request.bandwidth),
  trustGuestRxFilters: request.trustGuestRxFilters,
  isolated: request.isolated,
  virtualport:
    request.virtualport === null
      ? null
      : { type: request.virtualport.type, parameters: { ...request.virtualport.parameters } },
  vlan: request.vlan === null ? null : { trunk: request.vlan.trunk, tags: request.vlan.tags.map(tag => ({ ...tag })) },
  plug: null,
  classId: null,
});

function allocated(network: Network, port: NetworkPort): AllocatedPort {
  const { uuid, plug, virtualport, bandwidth, vlan, isolated, trustGuestRxFilters } = port;
  const { mtu } = runningOf(network).definition;
  return {
    portId: uuid,
    plug: plugOf(plug, network.name),
    mtu,
    virtualport,
    bandwidth,
    vlan,
    isolated,
    trustGuestRxFilters,
  };
}

function plugOf(plug: PortPlug | null, network: string): AllocatedPlug {
  switch (plug?.type) {
    case 'network':
    case 'bridge':
      return { type: 'bridge', bridge: plug.bridge, ownBridge: plug.type === 'network' };
    case 'direct':
      return { type: 'direct', dev: plug.dev, mode: plug.mode };
    case 'hostdev-pci':
      return { type: 'hostdev-pci', managed: plug.managed, address: plug.address };
    default:
      throw errors.internalError(`a port of network '${network}' is plugged in nowhere`, ErrorDomain.NETWORK);
  }
}
