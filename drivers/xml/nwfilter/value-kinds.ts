import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseUnsigned } from '../describe/text.ts';

/** Brings a value of one kind into the form in which it is written; null for what is none. Variables are not its business. */
export type ValueKind = (text: string) => string | null;

/** The number that a text of a numeric kind stands for. */
export const numberOf = (text: string): number => Number(text);

/** Decimal or, with "0x", hexadecimal; each stays what it is. */
export const number =
  (max: number, min = 0): ValueKind =>
  text => {
    const hexadecimal = /^[ \t]*0[xX]([0-9a-fA-F]{1,8})$/.exec(text);
    const value = hexadecimal === null ? parseUnsigned(text) : BigInt(`0x${hexadecimal[1]}`);
    if (value === null || value > BigInt(max) || value < BigInt(min)) return null;
    return hexadecimal === null ? String(value) : `0x${value.toString(16)}`;
  };

export const decimal =
  (max: number): ValueKind =>
  text => {
    const value = parseUnsigned(text);
    return value === null || value > BigInt(max) ? null : String(value);
  };

/** A number, or one of a list of names for numbers, whatever their case; a number that has a name is written as that. */
export function named(names: Readonly<Record<string, number>>, max: number, min = 0): ValueKind {
  const plain = number(max, min);
  const entries = Object.entries(names);
  return text => {
    const byName = entries.find(([name]) => name.toLowerCase() === text.toLowerCase());
    if (byName !== undefined) return byName[0];
    const value = plain(text);
    return value === null ? null : (entries.find(([, other]) => other === Number(value))?.[0] ?? value);
  };
}

export const mac: ValueKind = text =>
  /^([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}$/.test(text)
    ? text
        .split(':')
        .map(byte => byte.toLowerCase().padStart(2, '0'))
        .join(':')
    : null;

/** One without gaps. */
export const macMask: ValueKind = text => {
  const mask = mac(text);
  if (mask === null) return null;
  const bits = mask.split(':').map(byte => Number.parseInt(byte, 16).toString(2).padStart(8, '0'));
  return /^1*0*$/.test(bits.join('')) ? mask : null;
};

export const ipv4: ValueKind = text => (isIPv4(text) ? text : null);

/** Without a zone: it would be another host's. */
export const ipv6: ValueKind = text => (isIPv6(text) && !text.includes('%') ? writtenIpv6(text) : null);

/** As the C library writes it: what ends in an IPv4 address shows it. */
function writtenIpv6(text: string): string {
  const address = ipaddr.IPv6.parse(withoutDots(text));
  const { parts } = address;
  const low = [6, 7].flatMap(at => [(parts[at] ?? 0) >> 8, (parts[at] ?? 0) & 0xff]).join('.');
  if (!parts.slice(0, 5).every(part => part === 0)) return address.toRFC5952String();
  if (parts[5] === 0xffff) return `::ffff:${low}`;
  return parts[5] === 0 && parts[6] !== 0 ? `::${low}` : address.toRFC5952String();
}

/** The library takes "::1.2.3.4" for "::ffff:1.2.3.4", which is another address. */
const withoutDots = (text: string): string =>
  text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });

const prefix = (family: ValueKind, bits: number): ValueKind => {
  const length = decimal(bits);
  return text => {
    if (family(text) === null) return length(text);
    const found = ipaddr.parse(text).prefixLengthFromSubnetMask();
    return found === null ? null : String(found);
  };
};

/** A length or a mask without gaps; written as a length. */
export const ipv4Mask: ValueKind = prefix(ipv4, 32);
export const ipv6Mask: ValueKind = prefix(ipv6, 128);

/** Numbers of Ethernet's protocols that have names here. */
export const etherTypes = { ipv4: 0x800, arp: 0x806, rarp: 0x8035, ipv6: 0x86dd, vlan: 0x8100 } as const;
export const etherType: ValueKind = named(etherTypes, 0xffff, 0x600);
/** What lies below a VLAN's tag may also be a length. */
export const encapsulated: ValueKind = named(etherTypes, 0xffff, 0x3c);

export const arpOperations = {
  Request: 1,
  Reply: 2,
  Request_Reverse: 3,
  Reply_Reverse: 4,
  DRARP_Request: 5,
  DRARP_Reply: 6,
  DRARP_Error: 7,
  InARP_Request: 8,
  ARP_NAK: 9,
} as const;
export const arpOperation: ValueKind = named(arpOperations, 0xffff);

export const ipProtocols = {
  tcp: 6,
  udp: 17,
  udplite: 136,
  esp: 50,
  ah: 51,
  icmp: 1,
  igmp: 2,
  sctp: 132,
  icmpv6: 58,
} as const;
export const ipProtocol: ValueKind = named(ipProtocols, 0xff);

/** What is no yes is a no. */
export const truth: ValueKind = text => (['yes', 'true', '1'].includes(text.toLowerCase()) ? 'true' : 'false');

/** Members of a list, in the list's own order, each once; `all` is written for every one of them. */
function subset(names: readonly string[], text: string, all: string | null): string | null {
  const given = text.split(',').map(name => name.trim().toUpperCase());
  if (given.includes('NONE')) return 'NONE';
  if (all !== null && given.includes(all)) return all;
  if (given.some(name => !names.includes(name))) return null;
  const present = names.filter(name => given.includes(name));
  return all !== null && present.length === names.length ? all : present.join(',');
}

export const stateNames = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID'] as const;
export const states: ValueKind = text => (text === '' ? '' : subset(stateNames, text, null));

export const tcpFlagNames = ['SYN', 'ACK', 'URG', 'PSH', 'FIN', 'RST'] as const;

/** "MASK/FLAGS" */
export const tcpFlags: ValueKind = text => {
  const [mask, flags, ...rest] = text.split('/').map(part => subset(tcpFlagNames, part, 'ALL'));
  return mask == null || flags == null || rest.length > 0 ? null : `${mask}/${flags}`;
};

export const ipset: ValueKind = text => (/^[a-zA-Z0-9_.:\-+ ]{1,31}$/.test(text) ? text : null);
export const ipsetFlags: ValueKind = text => (/^(src|dst)(,(src|dst)){0,5}$/i.test(text) ? text.toLowerCase() : null);

const COMMENT_LENGTH = 256;

/** Cut where libvirt cuts it. */
export const comment: ValueKind = text => text.slice(0, COMMENT_LENGTH);
