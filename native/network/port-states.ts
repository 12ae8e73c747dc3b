import { attribute, nest, parseAttributes, u32, u8 } from '../ffi/netlink-attributes.ts';
import { NetlinkError, routeGet, routeRequestsInBackground } from '../ffi/rtnetlink.ts';
import {
  infoAttributes,
  linkAttributes,
  linkHeader,
  messageTypes,
  named,
  parseLink,
  type Link,
} from './link-message.ts';
import { getLink } from './links.ts';

/** What the spanning tree protocol lets a bridge's port do. */
export const portStates = { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 } as const;

const headerSize = linkHeader(0).length;
const familyBridge = 7;
const portData = 5;
const portState = 1;
const spanningTree = 5;

/** One port's state, as the kernel tells of it. */
export interface PortState {
  readonly index: number;
  readonly state: number;
}

/** Null for a link that is no port of a bridge, and where there is no such link. */
export function findPortState(name: string): (PortState & Pick<Link, 'master'>) | null {
  const body = linkOf(name);
  const info = body === null ? undefined : parseAttributes(body, headerSize).get(linkAttributes.info);
  const data = info === undefined ? undefined : parseAttributes(info).get(portData);
  const state = data === undefined ? undefined : parseAttributes(data).get(portState)?.[0];
  if (body === null || state === undefined) return null;
  const { index, master } = parseLink(body);
  return { index, master, state };
}

function linkOf(name: string): Buffer | null {
  const body = Buffer.concat([linkHeader(0), named(name)]);
  try {
    return routeGet({ type: messageTypes.getLink, body, subject: name }).body;
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return null;
    throw error;
  }
}

/** From a message to those who listen for links; null for one that is not about a port. */
export function parsePortState(body: Buffer): PortState | null {
  if (body.length < headerSize || body[0] !== familyBridge) return null;
  const port = parseAttributes(body, headerSize).get(linkAttributes.portInfo);
  const state = port === undefined ? undefined : parseAttributes(port).get(portState)?.[0];
  return state === undefined ? null : { index: body.readInt32LE(4), state };
}

/**
 * Has ports of a bridge with the kernel's spanning tree protocol forward at once. The kernel takes that only from whom runs
 * the protocol, so it is off for a moment: it leaves the other ports as they are, and these too when it is on again. All is
 * one message, which the kernel goes through to its end whatever fails in it. Throws NetlinkError: ENODEV when the bridge
 * is gone; ports that are gone, or down, are left out.
 */
export async function forwardAtOnce(bridge: string, ports: readonly number[]): Promise<void> {
  const { index } = getLink(bridge);
  const protocol = (on: boolean) => ({
    type: messageTypes.newLink,
    body: Buffer.concat([
      linkHeader(index),
      nest(
        linkAttributes.info,
        attribute(infoAttributes.kind, Buffer.from('bridge\0')),
        nest(infoAttributes.data, attribute(spanningTree, u32(on ? 1 : 0))),
      ),
    ]),
    subject: bridge,
  });
  const forwarding = (port: number) => ({
    type: messageTypes.setLink,
    body: Buffer.concat([
      linkHeader(port, null, familyBridge),
      nest(linkAttributes.portInfo, attribute(portState, u8(portStates.forwarding))),
    ]),
    subject: bridge,
  });
  const outcomes = await routeRequestsInBackground([protocol(false), ...ports.map(forwarding), protocol(true)]);
  for (const failure of [outcomes.at(0), outcomes.at(-1)]) if (failure instanceof Error) throw failure;
}
