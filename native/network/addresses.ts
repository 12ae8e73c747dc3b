import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { attribute, u32 } from '../ffi/netlink-attributes.ts';
import { routeRequest } from '../ffi/rtnetlink.ts';
import { flags, messageTypes } from './link-message.ts';
import { getLink } from './links.ts';

const families = { 4: 2, 6: 10 } as const;
const addressAttributes = { address: 1, local: 2, broadcast: 4 } as const;
const routeAttributes = { destination: 1, device: 4, gateway: 5, metric: 6 } as const;
/** Of duplicates (IFA_F_NODAD): on a link of two ends nobody else can have an address. */
const withoutDetection = 2;
const mainTable = 254;
const protocolStatic = 4;
const scopes = { universe: 0, link: 253 } as const;
const typeUnicast = 1;

/** An address of the host's side of a link. */
export interface LinkAddress {
  /** IPv4 or IPv6, as text. */
  readonly address: string;
  readonly prefix: number;
  /** The other end of a point-to-point link. */
  readonly peer?: string | undefined;
  /** That nobody else on the link can have it is known, and not found out first: it is usable at once. */
  readonly isUnique?: boolean;
}

export interface LinkRoute {
  /** The network's address; "0.0.0.0" or "::" with prefix 0 is the default route. */
  readonly destination: string;
  readonly prefix: number;
  readonly gateway?: string | undefined;
  readonly metric?: number | undefined;
}

const bytes = (address: string): Buffer => Buffer.from(ipaddr.parse(address).toByteArray());
const familyOf = (address: string): 2 | 10 => families[isIPv4(address) ? 4 : 6];

/** Where the network's last address is. RFC 3021: a network of two addresses has none. */
function broadcast(address: string, prefix: number): Buffer[] {
  if (!isIPv4(address) || prefix >= 31) return [];
  const last = bytes(address).readUInt32BE(0) | (0xffffffff >>> prefix);
  const value = Buffer.alloc(4);
  value.writeUInt32BE(last >>> 0);
  return [attribute(addressAttributes.broadcast, value)];
}

/** Throws NetlinkError: EEXIST when the link has it already. */
export function addAddress(name: string, { address, prefix, peer, isUnique = peer !== undefined }: LinkAddress): void {
  const header = Buffer.alloc(8);
  header.writeUInt8(familyOf(address), 0);
  header.writeUInt8(prefix, 1);
  header.writeUInt8(isUnique ? withoutDetection : 0, 2);
  header.writeUInt32LE(getLink(name).index, 4);
  const body = Buffer.concat([
    header,
    attribute(addressAttributes.local, bytes(address)),
    attribute(addressAttributes.address, bytes(peer ?? address)),
    ...(peer === undefined ? broadcast(address, prefix) : []),
  ]);
  routeRequest({ type: messageTypes.newAddress, flags: flags.create | flags.exclusive, body, subject: name });
}

/** Throws NetlinkError: EEXIST when there is one like it, ENETUNREACH when the gateway is behind no link that is up. */
export function addRoute(name: string, { destination, prefix, gateway, metric }: LinkRoute): void {
  const header = Buffer.alloc(12);
  header.writeUInt8(familyOf(destination), 0);
  header.writeUInt8(prefix, 1);
  header.writeUInt8(mainTable, 4);
  header.writeUInt8(protocolStatic, 5);
  header.writeUInt8(gateway === undefined ? scopes.link : scopes.universe, 6);
  header.writeUInt8(typeUnicast, 7);
  const body = Buffer.concat([
    header,
    ...(prefix === 0 ? [] : [attribute(routeAttributes.destination, bytes(destination))]),
    ...(gateway === undefined ? [] : [attribute(routeAttributes.gateway, bytes(gateway))]),
    ...(metric === undefined ? [] : [attribute(routeAttributes.metric, u32(metric))]),
    attribute(routeAttributes.device, u32(getLink(name).index)),
  ]);
  routeRequest({ type: messageTypes.newRoute, flags: flags.create | flags.exclusive, body, subject: name });
}
