import { isIPv6 } from 'node:net';
import type { DhcpHost, NetworkDefinition, NetworkIp } from '../../xml/network/definition.ts';
import { updateElements } from '../../xml/network/update-elements.ts';
import { invalid } from '../network.ts';
import { inserted, notModified } from './places.ts';
import type { Update } from './updated.ts';

type Dhcp = NonNullable<NetworkIp['dhcp']>;

const NO_DHCP: Dhcp = { ranges: [], hosts: [], bootp: null };

const isIpv4 = ({ address }: NetworkIp): boolean => !isIPv6(address);

/** Where the address is whose DHCP is meant: that one, or the one that has some, or the first of IPv4. */
function indexOf({ ips, name }: NetworkDefinition, { parentIndex }: Update): number {
  if (parentIndex >= 0) {
    if (ips[parentIndex] === undefined)
      throw invalid(
        `couldn't update dhcp host entry - no <ip> element found at index ${parentIndex} in network '${name}'`,
      );
    return parentIndex;
  }

  const serving = ips.findIndex(ip => isIpv4(ip) && ip.dhcp !== null);
  const at = serving >= 0 ? serving : ips.findIndex(isIpv4);
  const found = at >= 0 ? at : ips.length - 1;
  if (found < 0) throw invalid(`couldn't update dhcp host entry - no <ip> element found in network '${name}'`);
  return found;
}

/** Changes the DHCP of the address that is meant. */
function changed(
  definition: NetworkDefinition,
  update: Update,
  change: (dhcp: Dhcp, ip: NetworkIp) => Partial<Dhcp>,
): NetworkDefinition {
  const at = indexOf(definition, update);
  const ip = definition.ips[at];
  if (ip === undefined) return definition;
  const before = ip.dhcp ?? NO_DHCP;
  const dhcp = { ...before, ...change(before, ip) };
  const family = isIPv6(ip.address);
  const elsewhere = definition.ips.some(
    (other, index) => index !== at && other.dhcp !== null && isIPv6(other.address) === family,
  );
  if (elsewhere && ip.dhcp === null)
    throw invalid(`dhcp is supported only for a single ${family ? 'IPv6' : 'IPv4'} address on each network`);
  const empty = dhcp.ranges.length + dhcp.hosts.length === 0;
  return { ...definition, ips: definition.ips.with(at, { ...ip, dhcp: empty ? null : dhcp }) };
}

export function updateDhcpRange(definition: NetworkDefinition, update: Update): NetworkDefinition {
  const { command, element } = update;
  const { name: network } = definition;
  return changed(definition, update, ({ ranges }, ip) => {
    const range = updateElements.dhcpRange(element, { network, partial: false }, ip);
    if (command === 'modify') throw notModified('dhcp ranges');
    const at = ranges.findIndex(({ start, end }) => start === range.start && end === range.end);
    if (command === 'delete') {
      if (at < 0) throw invalid(`couldn't locate a matching dhcp range entry in network '${network}'`);
      return { ranges: ranges.toSpliced(at, 1) };
    }
    if (at >= 0)
      throw invalid(
        `there is an existing dhcp range entry in network '${network}' that matches "<range start='${range.start}' end='${range.end}'/>"`,
      );
    return { ranges: inserted(ranges, range, command) };
  });
}

export function updateDhcpHost(definition: NetworkDefinition, update: Update): NetworkDefinition {
  const { command, element } = update;
  const { name: network } = definition;
  return changed(definition, update, ({ hosts }, ip) => {
    const host = updateElements.dhcpHost(element, { network, partial: command === 'delete' }, ip);
    if (command === 'delete') {
      const at = hosts.findIndex(fits(host));
      if (at < 0) throw invalid(`couldn't locate a matching dhcp host entry in network '${network}'`);
      return { hosts: hosts.toSpliced(at, 1) };
    }
    const same = hosts.findIndex(shares(host));
    if (command === 'modify') {
      if (same < 0)
        throw invalid(
          `couldn't locate an existing dhcp host entry with "mac='${shown(host.mac)}'" "name='${shown(host.name)}'" "ip='${shown(host.ip)}'" in network '${network}'`,
        );
      return { hosts: hosts.with(same, host) };
    }
    if (same >= 0)
      throw invalid(
        `there is an existing dhcp host entry in network '${network}' that matches "<host mac='${shown(host.mac)}' name='${shown(host.name)}' ip='${shown(host.ip)}'/>"`,
      );
    return { hosts: inserted(hosts, host, command) };
  });
}

const shown = (text: string | null): string => text ?? '(null)';

const sameMac = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a.toLowerCase() === b.toLowerCase();

/** All that is said is so. */
const fits =
  (wanted: DhcpHost) =>
  (host: DhcpHost): boolean =>
    (wanted.mac === null || sameMac(wanted.mac, host.mac)) &&
    (wanted.id === null || wanted.id === host.id) &&
    (wanted.name === null || wanted.name === host.name) &&
    (wanted.ip === null || wanted.ip === host.ip);

/** Something that tells hosts apart is the same. */
const shares =
  (wanted: DhcpHost) =>
  (host: DhcpHost): boolean =>
    sameMac(wanted.mac, host.mac) ||
    (wanted.id !== null && wanted.id === host.id) ||
    (wanted.name !== null && wanted.name === host.name) ||
    (wanted.ip !== null && wanted.ip === host.ip);
