import { attribute, nest, u8 } from '../ffi/netlink-attributes.ts';
import { routeRequest } from '../ffi/rtnetlink.ts';
import { flags, linkAttributes, linkHeader, macBytes, messageTypes } from './link-message.ts';
import { getLink } from './links.ts';

/** A bridge's table of MAC addresses, where it is kept by us and not learnt by the kernel. */

const familyBridge = 7;
const port = { learning: 8, flooding: 9 } as const;
const neighbour = { mac: 2 } as const;
/** NUD_NOARP and NUD_REACHABLE: it does not age. NTF_MASTER: it is the bridge's, not the link's own. */
const permanent = 0x42;
const ofMaster = 0x04;

/** A port that learns no addresses, and gets no frames for those that nobody knows. */
export function setPortStatic(name: string): void {
  const body = Buffer.concat([
    linkHeader(getLink(name).index, null, familyBridge),
    nest(linkAttributes.portInfo, attribute(port.learning, u8(0)), attribute(port.flooding, u8(0))),
  ]);
  routeRequest({ type: messageTypes.setLink, body, subject: name });
}

/** Tells a port's bridge what is behind it. It is forgotten with the port. */
export function addToTable(name: string, mac: string): void {
  const header = Buffer.alloc(12);
  header.writeUInt8(familyBridge, 0);
  header.writeInt32LE(getLink(name).index, 4);
  header.writeUInt16LE(permanent, 8);
  header.writeUInt8(ofMaster, 10);
  const body = Buffer.concat([header, attribute(neighbour.mac, macBytes(mac))]);
  // also in place of what it had learnt
  routeRequest({ type: messageTypes.newNeighbour, flags: flags.create | flags.replace, body, subject: name });
}
