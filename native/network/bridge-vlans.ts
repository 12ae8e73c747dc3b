import { attribute, nest, parseAttributes } from '../ffi/netlink-attributes.ts';
import { routeGet, routeRequest } from '../ffi/rtnetlink.ts';
import { infoAttributes, linkAttributes, linkHeader, messageTypes, named } from './link-message.ts';
import { getLink } from './links.ts';

/** A VLAN that a port of a bridge is in. */
export interface PortVlan {
  /** 1 to 4094. */
  readonly id: number;
  /** What comes in without a tag belongs to it. */
  readonly native: boolean;
  /** What goes out in it has no tag. */
  readonly untagged: boolean;
}

const familyBridge = 7;
const portVlans = 26;
const vlan = 2;
const vlanFlags = { native: 2, untagged: 4 } as const;
const bridgeFiltersVlans = 7;
/** Every new port is in it, unless the bridge was told otherwise. */
const DEFAULT_VLAN = 1;

/** Whether a bridge tells VLANs apart at all; false for what is no bridge. */
export function filtersVlans(bridge: string): boolean {
  const body = Buffer.concat([linkHeader(0), named(bridge)]);
  const answer = routeGet({ type: messageTypes.getLink, body, subject: bridge });
  const info = parseAttributes(answer.body, linkHeader(0).length).get(linkAttributes.info);
  const data = info === undefined ? undefined : parseAttributes(info).get(infoAttributes.data);
  const value = data === undefined ? undefined : parseAttributes(data).get(bridgeFiltersVlans);
  return value !== undefined && value.length > 0 && value[0] !== 0;
}

/** Puts a new port of a bridge into these VLANs and no others. */
export function setPortVlans(name: string, vlans: readonly PortVlan[]): void {
  const { index } = getLink(name);
  const request = (type: number, entries: readonly Buffer[]): void => {
    const body = Buffer.concat([linkHeader(index, null, familyBridge), nest(portVlans, ...entries)]);
    routeRequest({ type, body, subject: name });
  };
  request(messageTypes.setLink, vlans.map(entry));
  if (!vlans.some(({ id }) => id === DEFAULT_VLAN))
    request(messageTypes.deleteLink, [entry({ id: DEFAULT_VLAN, native: false, untagged: false })]);
}

/** struct bridge_vlan_info. */
function entry({ id, native, untagged }: PortVlan): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE((native ? vlanFlags.native : 0) | (untagged ? vlanFlags.untagged : 0), 0);
  bytes.writeUInt16LE(id, 2);
  return attribute(vlan, bytes);
}
