import * as kinds from './value-kinds.ts';
import type { ValueKind } from './value-kinds.ts';

/** The attributes of each protocol's element, in the order in which they are written. */
export type Attributes = ReadonlyMap<string, ValueKind>;

const table = (...parts: readonly Readonly<Record<string, ValueKind>>[]): Attributes =>
  new Map(parts.flatMap(part => Object.entries(part)));

const uint8 = kinds.number(0xff);
const uint16 = kinds.number(0xffff);
const uint32 = kinds.number(0xffff_ffff);
const dscp = { dscp: kinds.number(63) };
const comment = { comment: kinds.comment };

const sourceMac = { srcmacaddr: kinds.mac, srcmacmask: kinds.macMask };
const macs = { ...sourceMac, dstmacaddr: kinds.mac, dstmacmask: kinds.macMask };

const addresses = (address: ValueKind, mask: ValueKind) => ({
  srcipaddr: address,
  srcipmask: mask,
  dstipaddr: address,
  dstipmask: mask,
});

const ports = { srcportstart: uint16, srcportend: uint16, dstportstart: uint16, dstportend: uint16 };

const arp = table(
  macs,
  { hwtype: uint16, protocoltype: uint16, opcode: kinds.arpOperation },
  { arpsrcmacaddr: kinds.mac, arpdstmacaddr: kinds.mac, arpsrcipaddr: kinds.ipv4, arpsrcipmask: kinds.ipv4Mask },
  { arpdstipaddr: kinds.ipv4, arpdstipmask: kinds.ipv4Mask, gratuitous: kinds.truth },
  comment,
);

const bridgeTimes = ['port', 'age', 'max-age', 'hello-time', 'forward-delay'];

const stp = table(
  sourceMac,
  { type: uint8, flags: uint8, 'root-priority': uint16, 'root-priority-hi': uint16 },
  { 'root-address': kinds.mac, 'root-address-mask': kinds.macMask, 'root-cost': uint32, 'root-cost-hi': uint32 },
  { 'sender-priority': uint16, 'sender-priority-hi': uint16 },
  { 'sender-address': kinds.mac, 'sender-address-mask': kinds.macMask },
  ...bridgeTimes.map(name => ({ [name]: uint16, [`${name}-hi`]: uint16 })),
  comment,
);

/** What is common to the protocols above IP; `own` is what one of them has besides. */
const transport = (family: 4 | 6, ...own: readonly Readonly<Record<string, ValueKind>>[]): Attributes => {
  const [address, mask] = family === 4 ? [kinds.ipv4, kinds.ipv4Mask] : [kinds.ipv6, kinds.ipv6Mask];
  return table(
    { srcmacaddr: kinds.mac },
    addresses(address, mask),
    { srcipfrom: address, srcipto: address, dstipfrom: address, dstipto: address },
    dscp,
    { 'connlimit-above': kinds.decimal(0xffff), state: kinds.states },
    { ipset: kinds.ipset, ipsetflags: kinds.ipsetFlags },
    ...own,
    comment,
  );
};

const icmp = { type: uint8, code: uint8 };
const tcp = { ...ports, option: uint8, flags: kinds.tcpFlags };

/** By the elements' names. */
export const protocols: ReadonlyMap<string, Attributes> = new Map([
  ['mac', table(macs, { protocolid: kinds.etherType }, comment)],
  ['vlan', table(macs, { vlanid: kinds.number(4095), 'encap-protocol': kinds.encapsulated }, comment)],
  ['stp', stp],
  ['arp', arp],
  ['rarp', arp],
  ['ip', table(macs, addresses(kinds.ipv4, kinds.ipv4Mask), { protocol: kinds.ipProtocol }, ports, dscp, comment)],
  [
    'ipv6',
    table(
      macs,
      addresses(kinds.ipv6, kinds.ipv6Mask),
      { protocol: kinds.ipProtocol },
      ports,
      { type: uint8, typeend: uint8, code: uint8, codeend: uint8 },
      comment,
    ),
  ],
  ['tcp', transport(4, tcp)],
  ['udp', transport(4, ports)],
  ['udplite', transport(4)],
  ['esp', transport(4)],
  ['ah', transport(4)],
  ['sctp', transport(4, ports)],
  ['icmp', transport(4, icmp)],
  ['igmp', transport(4)],
  ['all', transport(4)],
  ['tcp-ipv6', transport(6, tcp)],
  ['udp-ipv6', transport(6, ports)],
  ['udplite-ipv6', transport(6)],
  ['esp-ipv6', transport(6)],
  ['ah-ipv6', transport(6)],
  ['sctp-ipv6', transport(6, ports)],
  ['icmpv6', transport(6, icmp)],
  ['all-ipv6', transport(6)],
]);

/** Protocols whose rules see frames; those of the others see what is in them, later, and know connections. */
export const frameProtocols: ReadonlySet<string> = new Set(['mac', 'vlan', 'stp', 'arp', 'rarp', 'ip', 'ipv6']);
