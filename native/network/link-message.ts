import { attribute, parseAttributes, parseText, parseU32, text, u32 } from '../ffi/netlink-attributes.ts';

/** Numbers of rtnetlink's message types, flags and link attributes. */
export const messageTypes = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  newRoute: 24,
  getRoute: 26,
  newNeighbour: 28,
  getNeighbour: 30,
} as const;
export const flags = { exclusive: 0x200, create: 0x400, replace: 0x100 } as const;
export const linkAttributes = {
  address: 1,
  name: 3,
  mtu: 4,
  lower: 5,
  master: 10,
  portInfo: 12,
  info: 18,
  namespacePid: 19,
  statistics: 23,
  lowerNamespace: 37,
} as const;
export const infoAttributes = { kind: 1, data: 2 } as const;

const interfaceUp = 1;
const headerSize = 16;

/** struct ifinfomsg. `up` null leaves the link's state as it is. */
export function linkHeader(index: number, up: boolean | null = null, family = 0): Buffer {
  const header = Buffer.alloc(headerSize);
  header.writeUInt8(family, 0);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(up === true ? interfaceUp : 0, 8);
  header.writeUInt32LE(up === null ? 0 : interfaceUp, 12);
  return header;
}

/** What a link can be given, also when it is made. Absent is left to the kernel. */
export interface LinkSettings {
  readonly mac?: string | undefined;
  readonly mtu?: number | undefined;
}

export const settings = ({ mac, mtu }: LinkSettings): Buffer[] => [
  ...(mac === undefined ? [] : [attribute(linkAttributes.address, macBytes(mac))]),
  ...(mtu === undefined ? [] : [attribute(linkAttributes.mtu, u32(mtu))]),
];

/** Throws TypeError for a name that the kernel would not take, or would take for a pattern ("vnet%d"). */
export const named = (name: string): Buffer => attribute(linkAttributes.name, text(checkedName(name)));

/** 15 bytes at most; no "/", no "%", no white space, not "." and not "..". */
export function isLinkName(name: string): boolean {
  const length = Buffer.byteLength(name);
  return length > 0 && length < 16 && !/[/%:\s\0]/.test(name) && name !== '.' && name !== '..';
}

function checkedName(name: string): string {
  if (!isLinkName(name)) throw new TypeError(`'${name}' is no name of a network interface`);
  return name;
}

export function macBytes(mac: string): Buffer {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) throw new TypeError(`'${mac}' is no MAC address`);
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/** Counters of a link, seen from its own side. */
export interface LinkStatistics {
  readonly rxBytes: bigint;
  readonly rxPackets: bigint;
  readonly rxErrors: bigint;
  readonly rxDrops: bigint;
  readonly txBytes: bigint;
  readonly txPackets: bigint;
  readonly txErrors: bigint;
  readonly txDrops: bigint;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly mac: string | null;
  readonly mtu: number | null;
  readonly up: boolean;
  /** The index of the bridge that it is a port of. */
  readonly master: number | null;
  /** The index of the link that it lies on, or of the other end; and whether that is in another network namespace. */
  readonly lower: number | null;
  readonly isLowerElsewhere: boolean;
  /** "bridge", "veth", "macvlan", …; null for hardware. */
  readonly kind: string | null;
  readonly statistics: LinkStatistics | null;
}

/** struct rtnl_link_stats64 begins with these, eight bytes each. */
const counterOffsets = {
  rxPackets: 0,
  txPackets: 8,
  rxBytes: 16,
  txBytes: 24,
  rxErrors: 32,
  txErrors: 40,
  rxDrops: 48,
  txDrops: 56,
} as const satisfies Record<keyof LinkStatistics, number>;

/** All counters of a link, each by how it is found. */
export const statisticsOf = (counter: (name: keyof LinkStatistics) => bigint): LinkStatistics => ({
  rxBytes: counter('rxBytes'),
  rxPackets: counter('rxPackets'),
  rxErrors: counter('rxErrors'),
  rxDrops: counter('rxDrops'),
  txBytes: counter('txBytes'),
  txPackets: counter('txPackets'),
  txErrors: counter('txErrors'),
  txDrops: counter('txDrops'),
});

function parseStatistics(bytes: Buffer | undefined): LinkStatistics | null {
  if (bytes === undefined || bytes.length < 64) return null;
  const counter = (name: keyof LinkStatistics): bigint => bytes.readBigUInt64LE(counterOffsets[name]);
  return statisticsOf(counter);
}

/** The body of a "new link" message. */
export function parseLink(body: Buffer): Link {
  if (body.length < headerSize) throw new RangeError('a link message is shorter than its header');
  const attributes = parseAttributes(body, headerSize);
  const info = attributes.get(linkAttributes.info);
  const mac = attributes.get(linkAttributes.address);
  return {
    index: body.readInt32LE(4),
    name: parseText(attributes.get(linkAttributes.name)) ?? '',
    mac:
      mac === undefined || mac.length !== 6 ? null : [...mac].map(byte => byte.toString(16).padStart(2, '0')).join(':'),
    mtu: parseU32(attributes.get(linkAttributes.mtu)),
    up: (body.readUInt32LE(8) & interfaceUp) !== 0,
    master: parseU32(attributes.get(linkAttributes.master)),
    lower: parseU32(attributes.get(linkAttributes.lower)),
    isLowerElsewhere: attributes.has(linkAttributes.lowerNamespace),
    kind: info === undefined ? null : parseText(parseAttributes(info).get(infoAttributes.kind)),
    statistics: parseStatistics(attributes.get(linkAttributes.statistics)),
  };
}
