import { attribute, nest, u32 } from '../ffi/netlink-attributes.ts';
import { routeRequest } from '../ffi/rtnetlink.ts';
import { linkHeader, macBytes, messageTypes } from './link-message.ts';
import { getLink } from './links.ts';

/** What a physical function's driver sets for one of its virtual functions. Null is left as it is. */
export interface VirtualFunctionSettings {
  readonly mac: string | null;
  /** 0 takes the tag away. */
  readonly vlan: number | null;
}

const functionList = 22;
const functionInfo = 1;
const functionAttributes = { mac: 1, vlan: 2 } as const;
/** struct ifla_vf_mac: the function's number, and an address of up to 32 bytes. */
const MAC_ROOM = 32;

function macOf(index: number, mac: string): Buffer {
  const room = Buffer.alloc(MAC_ROOM);
  macBytes(mac).copy(room);
  return attribute(functionAttributes.mac, Buffer.concat([u32(index), room]));
}

/** Throws NetlinkError: EOPNOTSUPP for a link that has no virtual functions. */
export function setVirtualFunction(physical: string, index: number, { mac, vlan }: VirtualFunctionSettings): void {
  const settings = [
    ...(mac === null ? [] : [macOf(index, mac)]),
    ...(vlan === null ? [] : [attribute(functionAttributes.vlan, Buffer.concat([u32(index), u32(vlan), u32(0)]))]),
  ];
  if (settings.length === 0) return;
  const body = Buffer.concat([
    linkHeader(getLink(physical).index),
    nest(functionList, nest(functionInfo, ...settings)),
  ]);
  routeRequest({ type: messageTypes.setLink, body, subject: physical });
}
