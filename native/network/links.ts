import { routeDump, routeGet, routeRequest, routeRequestInBackground } from '../ffi/rtnetlink.ts';
import { attribute, nest, u32, u8 } from '../ffi/netlink-attributes.ts';
import {
  isLinkName,
  linkAttributes,
  linkHeader,
  macBytes,
  messageTypes,
  named,
  parseLink,
  type Link,
} from './link-message.ts';

/** Links of the host's network namespace, by name. What fails throws NetlinkError: ENODEV when there is no such link. */

/** Null also for a name that no link can have. */
export function findLink(name: string): Link | null {
  if (!isLinkName(name)) return null;
  try {
    return getLink(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENODEV') return null;
    throw error;
  }
}

export function getLink(name: string): Link {
  const body = Buffer.concat([linkHeader(0), named(name)]);
  return parseLink(routeGet({ type: messageTypes.getLink, body, subject: name }).body);
}

export function listLinks(): Link[] {
  return routeDump({ type: messageTypes.getLink, body: linkHeader(0), subject: 'links' }).map(({ body }) =>
    parseLink(body),
  );
}

function change(name: string, up: boolean | null, ...attributes: readonly Buffer[]): void {
  const body = Buffer.concat([linkHeader(getLink(name).index, up), ...attributes]);
  routeRequest({ type: messageTypes.newLink, body, subject: name });
}

export const setLinkUp = (name: string): void => change(name, true);

/** Also takes the carrier from the other end of a veth pair. */
export async function setLinkDown(name: string): Promise<void> {
  const body = linkHeader(getLink(name).index, false);
  await routeRequestInBackground({ type: messageTypes.newLink, body, subject: name });
}

export const setLinkMac = (name: string, mac: string): void =>
  change(name, null, attribute(linkAttributes.address, macBytes(mac)));

/** Older kernels want it down for that. */
export const renameLink = (name: string, newName: string): void => change(name, null, named(newName));

/** Bytes. */
export const setLinkMtu = (name: string, mtu: number): void =>
  change(name, null, attribute(linkAttributes.mtu, u32(mtu)));

/** Makes a link a port of a bridge; null takes it out of the one it is in. What was set of the old port is lost. */
export async function setLinkMaster(name: string, bridge: string | null): Promise<void> {
  const index = bridge === null ? 0 : getLink(bridge).index;
  const body = Buffer.concat([linkHeader(getLink(name).index), attribute(linkAttributes.master, u32(index))]);
  await routeRequestInBackground({ type: messageTypes.newLink, body, subject: name });
}

const familyBridge = 7;
const portIsolated = 33;

/** A bridge's isolated ports reach its other ports, but not each other. */
export function setPortIsolated(name: string, isolated: boolean): void {
  const body = Buffer.concat([
    linkHeader(getLink(name).index, null, familyBridge),
    nest(linkAttributes.portInfo, attribute(portIsolated, u8(isolated ? 1 : 0))),
  ]);
  routeRequest({ type: messageTypes.setLink, body, subject: name });
}

/**
 * Gives a network device of the host to the network namespace of a process, under another name if that is asked for. It
 * comes back by itself, under the name it then has, when the namespace ends; virtual devices end with it.
 */
export async function moveLink(name: string, pid: number, newName: string = name): Promise<void> {
  const body = Buffer.concat([
    linkHeader(getLink(name).index),
    attribute(linkAttributes.namespacePid, u32(pid)),
    named(newName),
  ]);
  await routeRequestInBackground({ type: messageTypes.newLink, body, subject: name });
}

/** Gone already is fine. Of a veth pair both ends go. */
export async function deleteLink(name: string): Promise<void> {
  const link = findLink(name);
  if (link === null) return;
  await routeRequestInBackground({ type: messageTypes.deleteLink, body: linkHeader(link.index), subject: name });
}
