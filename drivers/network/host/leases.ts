import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { ipv6Neighbours } from '../../../native/network/neighbours.ts';
import type { DhcpLease } from '../../contract/network.ts';
import { isMissing } from '../../files/atomic-file.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { containing, subnet, type Subnet } from './subnet.ts';

/**
 * Reads dnsmasq's own list, of one MAC address (lower case) unless it is null: no program has to run for a lease to be known.
 * A list that is not there is empty.
 */
export async function readLeases(
  path: string,
  definition: NetworkDefinition,
  mac: string | null = null,
): Promise<DhcpLease[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const bridge = definition.bridge?.name ?? '';
  const subnets = definition.ips.map(subnet);
  // an IPv6 lease need not name its guest's MAC address
  const wanted = mac === null || subnets.some(({ family }) => family === 'ipv6') ? text : linesWith(text, mac);
  const leases = parseLeases(wanted, bridge, subnets, () => ipv6Neighbours(bridge));
  return mac === null ? leases : leases.filter(lease => lease.mac === mac);
}

/** The lines with a MAC address, which dnsmasq writes in lower case. */
function linesWith(text: string, wanted: string): string {
  const lines: string[] = [];
  for (let at = text.indexOf(wanted); at >= 0;) {
    const end = text.indexOf('\n', at);
    lines.push(text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end));
    at = end < 0 ? -1 : text.indexOf(wanted, end);
  }
  return lines.join('\n');
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/**
 * Lines of "expiry mac address name client-id", for IPv6 "expiry iaid address name duid"; "*" is none. What has expired
 * is left out, and what is in none of the subnets. An IPv6 client says its MAC address in its DUID, or `neighbours` knows it.
 */
export function parseLeases(
  text: string,
  iface: string,
  subnets: readonly Subnet[],
  neighbours: () => ReadonlyMap<string, string>,
  now: bigint = BigInt(Math.floor(Date.now() / 1000)),
): DhcpLease[] {
  const known = onFirstUse(neighbours);
  const nets = subnets.map(net => ({ net, holds: containing(net) }));
  return text.split('\n').flatMap((row): DhcpLease[] => {
    const [expiry = '', key = '', ipaddr = '', name = '*', id = '*'] = row.split(' ');
    if (!/^[0-9]{1,18}$/.test(expiry) || isIP(ipaddr) === 0) return [];
    const expirytime = BigInt(expiry);
    const net = nets.find(({ holds }) => holds(ipaddr))?.net;
    if (net === undefined || (expirytime !== 0n && expirytime <= now)) return [];
    const isIpv6 = net.family === 'ipv6';
    const mac = isIpv6 ? (duidMac(id) ?? known().get(ipaddr) ?? null) : macOf(key);
    return [
      {
        iface,
        expirytime,
        family: net.family,
        mac: mac?.toLowerCase() ?? null,
        iaid: isIpv6 ? key.replace(/^T/, '') : null,
        ipaddr,
        prefix: net.prefix,
        hostname: name === '*' ? null : name,
        clientid: id === '*' ? null : id,
      },
    ];
  });
}

/** dnsmasq puts the kind of hardware before addresses that are not Ethernet's. */
const macOf = (key: string): string | null => (MAC.test(key) ? key : null);

/** Kinds 1 (with a time) and 3, of Ethernet (1): the rest is the address. */
function duidMac(duid: string): string | null {
  const match = /^00:(?:01:00:01(?::[0-9a-f]{2}){4}|03:00:01):((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/i.exec(duid);
  return match?.[1] ?? null;
}

function onFirstUse<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}
