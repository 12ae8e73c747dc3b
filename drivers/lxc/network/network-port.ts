import { isDeepStrictEqual } from 'node:util';
import { getLink, setLinkMaster } from '../../../native/network/links.ts';
import type { Log } from '../../contract/log.ts';
import type { AllocatedDevice, AllocatedPort, NetworkPorts, PortRequest } from '../../contract/network-ports.ts';
import type { ActualInterface, DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';
import { setUpPort } from './bridge-port.ts';
import { pciAddressOf } from './pci-link.ts';
import { plugOf } from './plug.ts';

/** What virtual networks are to containers; null where the host has no network driver. */
export type Networks = NetworkPorts | null;

type Owner = Pick<DomainDefinition, 'name' | 'uuid'>;

/** The definition with a port for each interface of a network. Of what fails no port is left. Throws as NetworkPorts. */
export async function withPorts(networks: Networks, definition: DomainDefinition): Promise<DomainDefinition> {
  const { devices } = definition;
  if (!devices.interfaces.some(isOfNetwork)) return definition;
  const interfaces: InterfaceDevice[] = [];
  try {
    for (const device of devices.interfaces) interfaces.push(await withPort(networks, definition, device));
    return { ...definition, devices: { ...devices, interfaces } };
  } catch (error) {
    await releasePorts(networks, interfaces);
    throw error;
  }
}

/** The same for one interface. */
export async function withPort(networks: Networks, owner: Owner, device: InterfaceDevice): Promise<InterfaceDevice> {
  if (networks === null || !isOfNetwork(device)) return device;
  return plugged(device, await networks.allocate(requestOf(owner, device)));
}

/**
 * Changes an interface that is of a network, or is to be: on the port that it has while network and portgroup stay, else
 * on a new one, and the old one is released. `change` gets the interface with its new port and makes the change.
 */
export async function replugged(
  networks: Networks,
  owner: Owner,
  present: InterfaceDevice,
  asked: InterfaceDevice,
  change: (device: InterfaceDevice) => Promise<InterfaceDevice>,
): Promise<InterfaceDevice> {
  const wanted = asShown(present, asked);
  const { type, source, portgroup } = wanted;
  const stays = present.type === type && present.source === source && present.portgroup === portgroup;
  const device = stays
    ? {
        ...wanted,
        portId: present.portId,
        actual: present.actual,
        // what keeps it apart from others may be the network's wish, which no document of the interface repeats
        vlan: wanted.vlan ?? present.vlan,
        portIsolated: wanted.portIsolated ?? present.portIsolated,
        bandwidth: await changedBandwidth(networks, present, wanted.bandwidth),
      }
    : await withPort(networks, owner, wanted);
  try {
    const { portId, actual, directMode, managed } = device;
    const { foreign } = present;
    const own = { type, source, portgroup, portId, actual, directMode, managed, foreign };
    const changed = { ...(await change(device)), ...own };
    if (!stays) await releasePorts(networks, [present]);
    return changed;
  } catch (error) {
    // what cannot be undone either is no worse than the failure that is told
    if (stays) await changedBandwidth(networks, device, present.bandwidth).catch(() => undefined);
    else await releasePorts(networks, [device]);
    throw error;
  }
}

/** Tells the network, of whose portgroup it may be what the interface does not say itself. Returns what it has then. */
export async function changedBandwidth(
  networks: Networks,
  { source, portId, bandwidth: present }: InterfaceDevice,
  bandwidth: InterfaceDevice['bandwidth'],
): Promise<InterfaceDevice['bandwidth']> {
  if (networks === null || portId === null || isDeepStrictEqual(present, bandwidth)) return bandwidth;
  return await networks.changeBandwidth(source ?? '', portId, bandwidth);
}

/**
 * Clients change what they are shown, and are shown what the network gave as the interface's own: a document that says the
 * same again is about the interface of the network.
 */
function asShown(present: InterfaceDevice, wanted: InterfaceDevice): InterfaceDevice {
  const plug = plugOf(present);
  if (present.type === wanted.type || !isSamePlug(plug, wanted)) return wanted;
  const { type, source, portgroup, directMode, managed, foreign } = present;
  return { ...wanted, type, source, portgroup, directMode, managed, foreign };
}

const isSamePlug = (plug: InterfaceDevice, wanted: InterfaceDevice): boolean =>
  wanted.type === plug.type &&
  wanted.source === plug.source &&
  (wanted.type !== 'hostdev' || pciAddressOf(wanted) === pciAddressOf(plug));

/** Tells the networks which links are on their ports. `hostNames` are those of the interfaces, in their order. */
export async function tellPlugged(
  networks: Networks,
  interfaces: readonly InterfaceDevice[],
  hostNames: readonly (string | null)[],
): Promise<void> {
  if (networks === null) return;
  for (const [at, { source, portId }] of interfaces.entries()) {
    const hostName = hostNames[at] ?? null;
    if (portId !== null && hostName !== null) await networks.plugged(source ?? '', portId, hostName);
  }
}

export async function releasePorts(networks: Networks, interfaces: readonly InterfaceDevice[]): Promise<void> {
  if (networks === null) return;
  for (const { source, portId } of interfaces) if (portId !== null) await networks.release(source ?? '', portId);
}

/**
 * A running container's interfaces after a restart of the daemon, or of one network (`only`), on the ports that they have. A
 * bridge that was made anew meanwhile gets its links back. A network that is gone leaves its interface as it is.
 */
export async function reclaimPorts(
  networks: Networks,
  definition: DomainDefinition,
  log: Log,
  only: string | null = null,
): Promise<DomainDefinition> {
  const { devices, name } = definition;
  if (networks === null || !devices.interfaces.some(isOfNetwork)) return definition;
  const interfaces: InterfaceDevice[] = [];
  for (const device of devices.interfaces)
    interfaces.push(
      await reclaimed(networks, definition, device, only).catch((error: unknown) => {
        log.warn({ domain: name, network: device.source, error }, 'A running domain has lost its network');
        return device;
      }),
    );
  return { ...definition, devices: { ...devices, interfaces } };
}

async function reclaimed(
  networks: NetworkPorts,
  owner: Owner,
  device: InterfaceDevice,
  only: string | null,
): Promise<InterfaceDevice> {
  const { portId, source, actual } = device;
  if (portId === null || (only !== null && source !== only)) return device;
  const port = await networks.reclaim(portId, requestOf(owner, device), actual === null ? null : presentDevice(actual));
  const found = plugged(device, port);
  await restorePlug(plugOf(found));
  await tellPlugged(networks, [found], [found.targetDev]);
  return found;
}

async function restorePlug(plug: InterfaceDevice): Promise<void> {
  if (plug.type !== 'bridge' || plug.source === null || plug.targetDev === null) return;
  if (getLink(plug.targetDev).master === getLink(plug.source).index) return;
  await setLinkMaster(plug.targetDev, plug.source);
  setUpPort(plug.targetDev, plug);
}

const isOfNetwork = ({ type }: InterfaceDevice): boolean => type === 'network';

function requestOf({ name, uuid }: Owner, device: InterfaceDevice): PortRequest {
  const { source, portgroup, mac, virtualport, bandwidth, vlan, portIsolated, trustGuestRxFilters } = device;
  return {
    network: source ?? '',
    portgroup,
    owner: { name, uuid },
    mac,
    virtualport,
    bandwidth,
    vlan,
    isolated: portIsolated,
    trustGuestRxFilters: trustGuestRxFilters === null ? null : trustGuestRxFilters === 'yes',
  };
}

/** The interface as its network made it. */
function plugged(device: InterfaceDevice, port: AllocatedPort): InterfaceDevice {
  const { portId, virtualport, bandwidth, vlan, isolated, mtu } = port;
  return {
    ...device,
    portId,
    actual: actualOf(port),
    virtualport: virtualport === null ? null : { ...virtualport, parameters: { ...virtualport.parameters } },
    bandwidth,
    vlan: vlan === null ? null : { trunk: vlan.trunk, tags: [...vlan.tags] },
    portIsolated: isolated,
    mtu: device.mtu ?? mtu,
  };
}

/** What of its network the interface is, or lies on; null for a port of a bridge. */
function presentDevice({ type, dev, directMode, address, managed }: ActualInterface): AllocatedDevice | null {
  if (type === 'direct' && dev !== null) return { type, dev, mode: directMode ?? 'vepa' };
  if (type === 'hostdev' && address !== null) return { type: 'hostdev-pci', address, managed: managed === 'yes' };
  return null;
}

const unplugged = { bridge: null, dev: null, directMode: null, address: null, managed: null };

function actualOf({ plug }: AllocatedPort): ActualInterface {
  if (plug.type === 'direct') return { ...unplugged, type: 'direct', dev: plug.dev, directMode: plug.mode };
  if (plug.type === 'bridge') return { ...unplugged, type: plug.ownBridge ? 'network' : 'bridge', bridge: plug.bridge };
  return { ...unplugged, type: 'hostdev', address: { ...plug.address }, managed: plug.managed ? 'yes' : 'no' };
}
