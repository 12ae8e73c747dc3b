import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { NetworkIp } from './definition.ts';

/** What libvirt lets a range hold, whatever dnsmasq could. */
const MAX_RANGE = 65_535n;

const bytesOf = (address: string): number[] => ipaddr.parse(address).toByteArray();

export const addressNumber = (address: string): bigint =>
  bytesOf(address).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** The length of an address's prefix; where neither it nor a mask is given, IPv4's old classes say it, and IPv6 has 64. */
export function prefixOf({ address, prefix, netmask }: Pick<NetworkIp, 'address' | 'prefix' | 'netmask'>): number {
  if (prefix !== null) return prefix;
  if (netmask !== null) return bytesOf(netmask).join('.') === netmask ? maskBits(netmask) : 32;
  if (isIPv6(address)) return 64;
  const [first = 0] = bytesOf(address);
  if (first < 128) return 8;
  return first < 192 ? 16 : 24;
}

const maskBits = (netmask: string): number =>
  bytesOf(netmask).reduce((bits, byte) => bits + byte.toString(2).replaceAll('0', '').length, 0);

/** What lies above the host's part of an address. */
const networkNumber = (address: string, prefix: number): bigint =>
  addressNumber(address) >> BigInt((isIPv4(address) ? 32 : 128) - prefix);

export function inSubnet(address: string, ip: Pick<NetworkIp, 'address' | 'prefix' | 'netmask'>): boolean {
  if (isIPv4(address) !== isIPv4(ip.address)) return false;
  const prefix = prefixOf(ip);
  return networkNumber(address, prefix) === networkNumber(ip.address, prefix);
}

const rangeError = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.NONE);

/** Throws internalError, as libvirt does, for a range that is none, or none of `ip`'s network. */
export function checkRange(start: string, end: string, ip: NetworkIp | null): void {
  const range = `range ${start} - ${end}`;
  if (isIPv4(start) !== isIPv4(end)) throw rangeError(`mismatch of address family in ${range}`);
  if (ip !== null && isIPv4(start) !== isIPv4(ip.address))
    throw rangeError(`mismatch of address family in ${range} for network ${ip.address}`);
  if (ip !== null) checkWithin(start, end, ip);
  const first = addressNumber(start);
  const last = addressNumber(end);
  if (last < first) throw rangeError(`${range} is reversed `);
  if (last - first >= MAX_RANGE) throw rangeError(`${range} is too large (> ${MAX_RANGE})`);
}

function checkWithin(start: string, end: string, ip: NetworkIp): void {
  const prefix = prefixOf(ip);
  const network = `${ip.address}/${prefix}`;
  if (!inSubnet(start, ip) || !inSubnet(end, ip))
    throw rangeError(`range ${start} - ${end} is not entirely within network ${network}`);
  if (!isIPv4(ip.address) || prefix > 30) return;
  const hosts = (1n << BigInt(32 - prefix)) - 1n;
  if ((addressNumber(start) & hosts) === 0n)
    throw rangeError(`start of range ${start} - ${end} in network ${network} is the network address`);
  if ((addressNumber(end) & hosts) === hosts)
    throw rangeError(`end of range ${start} - ${end} in network ${network} is the broadcast address`);
}
