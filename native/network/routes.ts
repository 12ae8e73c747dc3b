import ipaddr from 'ipaddr.js';
import { parseAttributes, parseU32 } from '../ffi/netlink-attributes.ts';
import { routeDump } from '../ffi/rtnetlink.ts';
import { messageTypes } from './link-message.ts';
import { listLinks } from './links.ts';

/** A route of the host's main table. */
export interface Route {
  readonly family: 'ipv4' | 'ipv6';
  /** "0.0.0.0" and "::" with prefix 0 are the default. */
  readonly destination: string;
  readonly prefix: number;
  /** The link's name; null for a route that is none, or leads over several. */
  readonly device: string | null;
  readonly metric: number;
  /** Whether the kernel learnt it from a router's advertisement. */
  readonly isAdvertised: boolean;
}

const families = { ipv4: 2, ipv6: 10 } as const;
const attributes = { destination: 1, device: 4, metric: 6, table: 15 } as const;
const mainTable = 254;
const protocols = { advertisement: 9 } as const;
const typeUnicast = 1;
const headerSize = 12;
/** A router with the whole Internet's table has a million; nobody waits for them. */
const ROUTES_MAX = 20_000;

/** The unicast routes of the main table, of both families. */
export function listRoutes(): Route[] {
  const names = new Map(listLinks().map(({ index, name }) => [index, name]));
  return (['ipv4', 'ipv6'] as const).flatMap(family => {
    const header = Buffer.alloc(headerSize);
    header.writeUInt8(families[family], 0);
    header.writeUInt8(mainTable, 4);
    return routeDump({ type: messageTypes.getRoute, body: header, subject: 'routes' }, ROUTES_MAX).flatMap(
      ({ body }) => parseRoute(body, family, names) ?? [],
    );
  });
}

function parseRoute(body: Buffer, family: Route['family'], names: ReadonlyMap<number, string>): Route | null {
  if (body.length < headerSize) throw new RangeError('a route message is shorter than its header');
  const found = parseAttributes(body, headerSize);
  const table = parseU32(found.get(attributes.table)) ?? body.readUInt8(4);
  if (table !== mainTable || body.readUInt8(7) !== typeUnicast) return null;
  const destination = found.get(attributes.destination);
  const any = family === 'ipv4' ? '0.0.0.0' : '::';
  const device = parseU32(found.get(attributes.device));
  return {
    family,
    destination: destination === undefined ? any : ipaddr.fromByteArray([...destination]).toString(),
    prefix: body.readUInt8(1),
    device: device === null ? null : (names.get(device) ?? null),
    metric: parseU32(found.get(attributes.metric)) ?? 0,
    isAdvertised: body.readUInt8(5) === protocols.advertisement,
  };
}
