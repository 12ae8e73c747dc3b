import ipaddr from 'ipaddr.js';
import { attribute, parseAttributes, parseU32, u32 } from '../ffi/netlink-attributes.ts';
import {
  NetlinkError,
  routeDump,
  routeGet,
  routeRequest,
  routeRequestInBackground,
  type NetlinkMessage,
} from '../ffi/rtnetlink.ts';
import { linkHeader, messageTypes, parseLink, type Link } from './link-message.ts';

/**
 * Looking into the network namespace of a process without entering it. The kernel answers questions about another
 * namespace when they name it by a number that is good in this one (Linux 4.20); a veth pair between the two has given
 * it one, others get theirs here. The number goes with the namespace.
 */

const namespaceMessages = { create: 88, get: 90 } as const;
const namespaceAttributes = { number: 1, pid: 2 } as const;
const getAddress = 22;
const targetNamespace = { link: 46, address: 10 } as const;
const addressAttributes = { address: 1, local: 2 } as const;
const families: Readonly<Record<number, 'ipv4' | 'ipv6'>> = { 2: 'ipv4', 10: 'ipv6' };
const noNumber = -1;
/** More than a container needs. It may have made as many as its memory holds, which nobody waits for: the first are its own. */
const LINKS_MAX = 1024;
const ADDRESSES_MAX = 8192;

/** struct rtgenmsg, padded. */
const generalHeader = (): Buffer => Buffer.alloc(4);

/** Throws NetlinkError: ESRCH when the process is gone. */
function namespaceNumber(pid: number): number {
  const subject = `network namespace of process ${pid}`;
  const ofPid = attribute(namespaceAttributes.pid, u32(pid));
  const ask = (): number => {
    const body = Buffer.concat([generalHeader(), ofPid]);
    const answer = routeGet({ type: namespaceMessages.get, body, subject });
    const number = parseU32(parseAttributes(answer.body, 4).get(namespaceAttributes.number));
    return number === null ? noNumber : number | 0;
  };
  const known = ask();
  if (known !== noNumber) return known;
  const anyNumber = attribute(namespaceAttributes.number, u32(noNumber));
  routeRequest({ type: namespaceMessages.create, body: Buffer.concat([generalHeader(), anyNumber, ofPid]), subject });
  return ask();
}

/** The links that a process sees, at most 1,024, with their counters. */
export const linksOf = (pid: number): Link[] => linksIn(namespaceNumber(pid), pid);

/** Those of a process that lie on a link of this namespace, all of them: also what it has made of one that it was given. No other ends of pairs. */
export const linksOnOurs = (pid: number, lower: number): Link[] =>
  linksIn(namespaceNumber(pid), pid, Number.POSITIVE_INFINITY).filter(
    link => link.isLowerElsewhere && link.lower === lower && link.kind !== 'veth',
  );

function linksIn(namespace: number, pid: number, limit: number = LINKS_MAX): Link[] {
  const body = Buffer.concat([linkHeader(0), attribute(targetNamespace.link, u32(namespace))]);
  const request = { type: messageTypes.getLink, body, subject: `links of process ${pid}` };
  return routeDump(request, limit).map(({ body }) => parseLink(body));
}

/** Deletes a link that a process sees, by its index there. Gone already is fine. */
export async function deleteLinkOf(pid: number, index: number): Promise<void> {
  const body = Buffer.concat([linkHeader(index), attribute(targetNamespace.link, u32(namespaceNumber(pid)))]);
  try {
    await routeRequestInBackground({ type: messageTypes.deleteLink, body, subject: `a link of process ${pid}` });
  } catch (error) {
    if (!(error instanceof NetlinkError && error.code === 'ENODEV')) throw error;
  }
}

/** A network interface as a process sees it. */
export interface NamespaceInterface {
  readonly name: string;
  readonly mac: string | null;
  readonly addresses: readonly NamespaceAddress[];
}

export interface NamespaceAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
}

/** The interfaces of a container and their addresses, as its init sees them. */
export function containerAddresses(initPid: number): NamespaceInterface[] {
  const namespace = namespaceNumber(initPid);
  const header = Buffer.alloc(8);
  const body = Buffer.concat([header, attribute(targetNamespace.address, u32(namespace))]);
  const request = { type: getAddress, body, subject: `addresses of process ${initPid}` };
  const found = routeDump(request, ADDRESSES_MAX).map(parseAddress);
  const byLink = Map.groupBy(found, ({ link }) => link);
  return linksIn(namespace, initPid).map(({ index, name, mac }) => ({
    name,
    mac,
    addresses: (byLink.get(index) ?? []).flatMap(({ address }) => address ?? []),
  }));
}

/** All addresses of this process's own network namespace, whatever state their links are in. */
export const ownAddresses = (): string[] =>
  routeDump({ type: getAddress, body: Buffer.alloc(8), subject: 'addresses' })
    .map(parseAddress)
    .flatMap(({ address }) => address?.address ?? []);

/** The addresses of this process's own network namespace, by the indexes of their links. */
export function addressesByLink(): ReadonlyMap<number, readonly NamespaceAddress[]> {
  const found = routeDump({ type: getAddress, body: Buffer.alloc(8), subject: 'addresses' }).map(parseAddress);
  const byLink = Map.groupBy(found, ({ link }) => link);
  return new Map([...byLink].map(([link, all]) => [link, all.flatMap(({ address }) => address ?? [])]));
}

/** struct ifaddrmsg with its attributes. Null for a family that is neither IPv4 nor IPv6. */
function parseAddress({ body }: NetlinkMessage): { link: number; address: NamespaceAddress | null } {
  if (body.length < 8) throw new RangeError('an address message is shorter than its header');
  const attributes = parseAttributes(body, 8);
  const family = families[body.readUInt8(0)];
  // of a point-to-point link "address" is the other end's
  const bytes = attributes.get(addressAttributes.local) ?? attributes.get(addressAttributes.address);
  const link = body.readUInt32LE(4);
  if (family === undefined || bytes === undefined || bytes.length !== (family === 'ipv4' ? 4 : 16))
    return { link, address: null };
  const address = ipaddr.fromByteArray([...bytes]).toString();
  return { link, address: { family, address, prefix: body.readUInt8(1) } };
}
