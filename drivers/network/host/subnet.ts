import ipaddr from 'ipaddr.js';
import { addressNumber, prefixOf } from '../../xml/network/ranges.ts';

/** An address of a network's bridge, and the network that it lies in. */
export interface Subnet {
  readonly family: 'ipv4' | 'ipv6';
  /** The bridge's, as the document has it. */
  readonly address: string;
  readonly prefix: number;
  /** The first address: "192.168.122.0", in the form of its family. */
  readonly network: string;
}

interface Written {
  readonly address: string;
  readonly netmask: string | null;
  readonly prefix: number | null;
}

/** Takes an address with its mask as a document has them; without one, IPv4's old classes say it, and IPv6 has 64 bits. */
export function subnet(written: Written): Subnet {
  const { address } = written;
  const parsed = ipaddr.parse(address);
  const bits = prefixOf(written);
  return {
    family: parsed.kind(),
    address,
    prefix: bits,
    network: ipaddr.fromByteArray(masked(parsed.toByteArray(), bits)).toString(),
  };
}

export const cidr = ({ network, prefix }: Subnet): string => `${network}/${prefix}`;

/** IPv4: "255.255.255.0". */
export function netmask(prefix: number): string {
  return ipaddr.fromByteArray(masked([255, 255, 255, 255], prefix)).toString();
}

export function contains(net: Subnet, address: string): boolean {
  const parsed = ipaddr.parse(address);
  if (parsed.kind() !== net.family) return false;
  return ipaddr.fromByteArray(masked(parsed.toByteArray(), net.prefix)).toString() === net.network;
}

/** The same for many addresses: each takes less than a microsecond. They must be valid. */
export function containing(net: Subnet): (address: string) => boolean {
  if (net.family === 'ipv6') return address => contains(net, address);
  // a shift by 32 shifts by nothing
  const mask = net.prefix === 0 ? 0 : -1 << (32 - net.prefix);
  const network = ipv4Number(net.network);
  return address => !address.includes(':') && ((ipv4Number(address) ^ network) & mask) === 0;
}

function ipv4Number(address: string): number {
  let number = 0;
  let byte = 0;
  for (let at = 0; at < address.length; at += 1) {
    const code = address.charCodeAt(at);
    if (code === DOT) {
      number = (number << 8) | byte;
      byte = 0;
    } else byte = byte * 10 + code - ZERO;
  }
  return (number << 8) | byte;
}

const [DOT, ZERO] = [46, 48];

/** How many addresses a range holds, its ends among them; one that is turned around holds none. */
export function rangeSize(start: string, end: string): bigint {
  const size = addressNumber(end) - addressNumber(start) + 1n;
  return size > 0n ? size : 0n;
}

function masked(bytes: readonly number[], bits: number): number[] {
  return bytes.map((byte, at) => byte & ~(0xff >> Math.min(8, Math.max(0, bits - 8 * at))) & 0xff);
}
