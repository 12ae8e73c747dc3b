import ipaddr from 'ipaddr.js';
import { errors } from '../../contract/error.ts';
import type { DomainDefinition, InterfaceDevice, IpAddress, IpRoute } from '../../xml/domain/definition.ts';
import type { LinkAddress as HostAddress, LinkRoute as HostRoute } from '../../../native/network/addresses.ts';
import type { LinkAddress, Operation, RouteSetup } from '../../../native/plan/plan.ts';
import { plugOf } from '../network/plug.ts';

/** An interface's name inside its container, where it is born with it. */
export function guestName({ guestDev }: InterfaceDevice, index: number): string {
  return guestDev ?? `eth${index}`;
}

function addressBytes(text: string): Uint8Array {
  if (!ipaddr.isValid(text)) throw errors.configUnsupported(`'${text}' is no IP address`);
  return Uint8Array.from(ipaddr.parse(text).toByteArray());
}

/** The network's length that an address without one has: by its class for IPv4. */
function defaultPrefix(bytes: Uint8Array): number {
  if (bytes.length === 16) return 64;
  const [first = 0] = bytes;
  if (first < 128) return 8;
  if (first < 192) return 16;
  return 24;
}

function prefixOfMask(netmask: string): number {
  const prefix = ipaddr.isValid(netmask) ? ipaddr.parse(netmask).prefixLengthFromSubnetMask() : null;
  if (prefix === null) throw errors.configUnsupported(`'${netmask}' is no netmask`);
  return prefix;
}

function linkAddress({ address, prefix, peer }: IpAddress): LinkAddress {
  const bytes = addressBytes(address);
  return {
    address: bytes,
    prefix: prefix ?? defaultPrefix(bytes),
    peer: peer === null ? null : addressBytes(peer),
  };
}

function routeSetup(link: string, { address, prefix, netmask, gateway, metric }: IpRoute): RouteSetup {
  const destination = addressBytes(address);
  const isDefault = destination.every(byte => byte === 0);
  const length = prefix ?? (netmask === null ? null : prefixOfMask(netmask));
  return {
    link,
    destination,
    prefix: length ?? (isDefault ? 0 : defaultPrefix(destination)),
    gateway: gateway === null ? null : addressBytes(gateway),
    metric,
  };
}

/** The host's side of an interface, in the form of native/network. */
export function hostAddress({ address, prefix, peer }: IpAddress): HostAddress {
  return { address, prefix: prefix ?? defaultPrefix(addressBytes(address)), peer: peer ?? undefined };
}

export function hostRoute(route: IpRoute): HostRoute {
  const { prefix, metric } = routeSetup('', route);
  return { destination: route.address, prefix, gateway: route.gateway ?? undefined, metric: metric ?? undefined };
}

interface Link {
  readonly name: string;
  readonly mtu: number | null;
  readonly ips: readonly IpAddress[];
  readonly routes: readonly IpRoute[];
  readonly up: boolean;
}

type LinkOperation = Extract<Operation, { do: 'link' }>;
type RouteOperation = Extract<Operation, { do: 'route' }>;
type LinkOperations = (LinkOperation | RouteOperation)[];

const linkOperation = ({ name, mtu, ips, up }: Link): LinkOperation => ({
  do: 'link',
  link: { name, rename: null, mtu, addresses: ips.map(linkAddress), up },
});

const routeOperations = ({ name, routes }: Link): RouteOperation[] =>
  routes.map(route => ({ do: 'route', route: routeSetup(name, route) }));

/** Devices of the host, and those that lie on one, are in the container alone. */
export const hasHostEnd = ({ type }: Pick<InterfaceDevice, 'type'>): boolean => type !== 'direct' && type !== 'hostdev';

/**
 * Whether an interface is up from the start on. The guest's end of one that is to be down is up, but has no carrier
 * since its host's end is not; a direct interface has no such end.
 */
const isUp = ({ type, ips, linkState }: InterfaceDevice): boolean =>
  ips.length > 0 || linkState === 'up' || (linkState === 'down' && hasHostEnd({ type }));

/** A link that comes into a running container: up, since nobody in there waits for it. */
export function addedLink(name: string, { ips, routes }: Pick<Link, 'ips' | 'routes'>, up = true): LinkOperations {
  const link = { name, mtu: null, ips, routes, up };
  return [linkOperation(link), ...routeOperations(link)];
}

export const addedInterface = (name: string, device: InterfaceDevice): LinkOperations =>
  addedLink(name, device, device.linkState === null || isUp(device));

/** The container's own network: the loopback, then each interface, then the routes that need them up. */
export function linkOperations({ devices }: DomainDefinition): LinkOperations {
  const links: Link[] = [
    { name: 'lo', mtu: null, ips: [], routes: [], up: true },
    ...devices.interfaces.map(plugOf).map((device, index) => ({
      name: guestName(device, index),
      mtu: device.mtu,
      ips: device.ips,
      routes: device.routes,
      up: isUp(device),
    })),
    ...devices.hostdevs.flatMap(device =>
      device.mode === 'capabilities' && device.type === 'net'
        ? [{ name: device.path, mtu: null, ips: device.ips, routes: device.routes, up: device.ips.length > 0 }]
        : [],
    ),
  ];
  return [...links.map(linkOperation), ...links.flatMap(routeOperations)];
}
