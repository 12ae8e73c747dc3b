import ipaddr from 'ipaddr.js';
import { parseAttributes } from '../ffi/netlink-attributes.ts';
import { routeDump } from '../ffi/rtnetlink.ts';
import { messageTypes } from './link-message.ts';
import { findLink } from './links.ts';

const attributes = { address: 1, mac: 2 } as const;
const familyIpv6 = 10;
const headerSize = 12;
const NEIGHBOURS_MAX = 20_000;

/** What the host knows of IPv6 neighbours behind a link: MAC addresses, lower case, by address. None for a link that is gone. */
export function ipv6Neighbours(name: string): ReadonlyMap<string, string> {
  const index = findLink(name)?.index;
  if (index === undefined) return new Map();
  const header = Buffer.alloc(headerSize);
  header.writeUInt8(familyIpv6, 0);
  const found = routeDump({ type: messageTypes.getNeighbour, body: header, subject: 'neighbours' }, NEIGHBOURS_MAX);
  return new Map(
    found.flatMap(({ body }): [string, string][] => {
      if (body.length < headerSize || body.readInt32LE(4) !== index) return [];
      const values = parseAttributes(body, headerSize);
      const address = values.get(attributes.address);
      const mac = values.get(attributes.mac);
      if (address?.length !== 16 || mac?.length !== 6) return [];
      return [[ipaddr.fromByteArray([...address]).toString(), hex(mac)]];
    }),
  );
}

const hex = (bytes: Buffer): string => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(':');
