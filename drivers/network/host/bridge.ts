import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { addAddress, addRoute } from '../../../native/network/addresses.ts';
import { createBridgeInBackground, type BridgeSettings } from '../../../native/network/create-link.ts';
import { setLinkIpv6 } from '../../../native/network/forwarding.ts';
import { findLink, setLinkUp } from '../../../native/network/links.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Log } from '../../contract/log.ts';
import type { NetworkBridge, NetworkDefinition } from '../../xml/network/definition.ts';
import { subnet, type Subnet } from './subnet.ts';

/** Makes a network's bridge with its addresses and routes, and sets it up. Throws systemError; it is then there as far as it came. */
export async function createNetworkBridge(definition: NetworkDefinition, log: Log): Promise<void> {
  const { bridge, mac, mtu } = definition;
  const name = bridge?.name ?? '';
  if (bridge === null || findLink(name) !== null) throw exists(name);
  const settings: BridgeSettings = {
    mac: mac ?? undefined,
    mtu: mtu ?? undefined,
    stp: bridge.stp,
    forwardDelay: bridge.delay * 1000,
  };
  await create(name, bridge, settings, log);
  const subnets = definition.ips.map(subnet);
  await setLinkIpv6(name, {
    isDisabled: !subnets.some(({ family }) => family === 'ipv6'),
    // the router is we
    acceptsAdvertisements: false,
    // and here before everybody else: it answers the first guest at once
    detectsDuplicates: false,
  });
  setLinkUp(name);
  addNetworkAddresses(definition, subnets);
}

const exists = (name: string): Error =>
  errors.systemError(`error creating bridge interface ${name}: File exists`, ErrorDomain.NONE);

async function create(name: string, bridge: NetworkBridge, settings: BridgeSettings, log: Log): Promise<void> {
  try {
    if (bridge.macTableManager !== 'libvirt') return await createBridgeInBackground(name, settings);
    return await createBridgeInBackground(name, { ...settings, filtersVlans: true });
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    if (error.code === 'EEXIST') throw exists(name);
    if (bridge.macTableManager !== 'libvirt')
      throw errors.systemError(`error creating bridge interface ${name}: ${error.message}`, ErrorDomain.NONE, {
        cause: error,
      });
    // the table works without; only ports that are promiscuous stay so
    log.warn({ error, bridge: name }, 'The kernel has no bridges that filter VLANs');
    return await createBridgeInBackground(name, settings);
  }
}

/** Also puts back what is missing of a bridge that is there. */
export function addNetworkAddresses(
  { bridge, routes }: NetworkDefinition,
  subnets: readonly Pick<Subnet, 'address' | 'prefix'>[],
): void {
  const name = bridge?.name ?? '';
  // a bridge that was just made has nobody who could have its address
  for (const { address, prefix } of subnets)
    unlessThere(() => addAddress(name, { address, prefix, isUnique: true }), `address '${address}'`, name);
  for (const { address, netmask, prefix, gateway, metric } of routes) {
    const bits = isDefault(address, netmask, prefix) ? 0 : subnet({ address, netmask, prefix }).prefix;
    const route = { destination: address, prefix: bits, gateway, metric: metric ?? 1 };
    unlessThere(() => addRoute(name, route), `route to '${address}/${bits}'`, name);
  }
}

const isDefault = (address: string, netmask: string | null, prefix: number | null): boolean =>
  netmask === null && prefix === null && /^[0:.]+$/.test(address);

function unlessThere(add: () => void, what: string, name: string): void {
  try {
    add();
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    if (error.code === 'EEXIST') return;
    throw errors.systemError(`Failed to give bridge '${name}' the ${what}: ${error.message}`, ErrorDomain.NETWORK, {
      cause: error,
    });
  }
}
