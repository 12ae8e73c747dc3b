import { isIP } from 'node:net';
import { attribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { draft, type Draft, type Mode, type Part } from '../describe/part.ts';
import { oneOf, unsigned64 } from '../describe/text.ts';
import { attributeOf, childOf, childrenOf, type XmlElement } from '../tree.ts';
import type { DhcpHost, DhcpRange, Lease, NetworkIp } from './definition.ts';
import type { Reading } from './dns.ts';
import { unsupported, xmlError } from './errors.ts';
import { checkRange } from './ranges.ts';
import { anyAddress, canonicalAddress, isMac, isMulticast, line } from './texts.ts';

const units = ['seconds', 'minutes', 'hours'] as const;
const secondsPer = { seconds: 1n, minutes: 60n, hours: 3600n } as const;

/** dnsmasq's least. */
const SHORTEST = 120n;

/** `<lease>`; one without a time is none. */
const lease: Part<Lease | null> = {
  read(from, mode) {
    const element = childOf(from, 'lease');
    const expiry = element === null ? null : attribute('expiry', unsigned64()).read(element, mode);
    if (element === null || expiry === null) return null;
    const unit = attribute('unit', oneOf(units)).read(element, mode) ?? 'minutes';
    if (expiry !== 0n && expiry * secondsPer[unit] < SHORTEST)
      throw unsupported('The minimum lease time should be greater than 2 minutes');
    return { expiry, unit: expiry === 0n ? 'minutes' : unit };
  },
  write(value, to) {
    if (value === null) return;
    const element = draft('lease');
    element.attributes.push({ name: 'expiry', value: String(value.expiry) });
    if (value.expiry !== 0n) element.attributes.push({ name: 'unit', value: value.unit });
    to.children.push(element);
  },
};

/** A `<range>` of addresses that are given out; of the network of `ip`. */
export const dhcpRange = (network: string, ip: NetworkIp | null): Part<DhcpRange> => ({
  read(from, mode) {
    const bound = (name: 'start' | 'end'): string => {
      const text = attribute(name, anyAddress).read(from, mode);
      if (text === null) throw xmlError(`Missing '${name}' attribute in dhcp range for network '${network}'`);
      return text;
    };
    const range = { start: bound('start'), end: bound('end'), lease: lease.read(from, mode) };
    checkRange(range.start, range.end, ip);
    return range;
  },
  write({ start, end, lease: time }, to, mode) {
    to.attributes.push({ name: 'start', value: start }, { name: 'end', value: end });
    lease.write(time, to, mode);
  },
});

/** A `<host>` whose address is known beforehand. */
export const dhcpHost = ({ network, partial }: Reading, ipv6: boolean): Part<DhcpHost> => ({
  read(from, mode) {
    const mac = hostMac(from, network, ipv6);
    const id = ipv6 ? hostId(from, network) : null;
    const name = hostName(from, network);
    const ip = attributeOf(from, 'ip');
    if (ip !== null && isIP(ip) === 0)
      throw xmlError(`Invalid IP address in static host definition for network '${network}'`);
    checkIdentity({ mac, id, name, ip }, { network, partial }, ipv6);
    return { mac, id, name, ip: ip === null ? null : canonicalAddress(ip), lease: lease.read(from, mode) };
  },
  write(value, to, mode) {
    for (const name of ['mac', 'id', 'name', 'ip'] as const) {
      const text = value[name];
      if (text !== null) to.attributes.push({ name, value: text });
    }
    lease.write(value.lease, to, mode);
  },
});

function hostMac(from: XmlElement, network: string, ipv6: boolean): string | null {
  const mac = attributeOf(from, 'mac');
  if (mac === null) return null;
  if (ipv6)
    throw xmlError(`Invalid to specify MAC address '${mac}' in network '${network}' IPv6 static host definition`);
  if (!isMac(mac)) throw xmlError(`Cannot parse MAC address '${mac}' in network '${network}'`);
  if (isMulticast(mac))
    throw xmlError(`expected unicast mac address, found multicast '${mac}' in network '${network}'`);
  return mac;
}

function hostId(from: XmlElement, network: string): string | null {
  const id = attributeOf(from, 'id');
  const bad = id?.match(/[^0-9a-fA-F:]/)?.[0];
  if (bad !== undefined) throw xmlError(`Invalid character '${bad}' in id '${id}' of network '${network}'`);
  return id;
}

/** Stricter than libvirt, which hands on what dnsmasq's file of hosts would read as more than a name. */
function hostName(from: XmlElement, network: string): string | null {
  const name = attributeOf(from, 'name');
  if (name === null) return null;
  if (name === '' || !/^[\p{L}\p{N}._-]+$/u.test(name))
    throw xmlError(`Cannot use host name '${name}' in network '${network}'`);
  return name;
}

type Identity = Pick<DhcpHost, 'mac' | 'id' | 'name' | 'ip'>;

function checkIdentity({ mac, id, name, ip }: Identity, { network, partial }: Reading, ipv6: boolean): void {
  if (partial) {
    if (mac === null && name === null && ip === null && id === null)
      throw xmlError(
        `At least one of name, mac, or ip attribute must be specified for static host definition in network '${network}' `,
      );
    return;
  }
  if (!ipv6 && mac === null && name === null)
    throw xmlError(`Static host definition in IPv4 network '${network}' must have mac or name attribute`);
  if (ipv6 && name === null && id === null)
    throw xmlError(`Static host definition in IPv6 network '${network}' must have id or name attribute`);
  if (ip === null) throw xmlError(`Missing IP address in static host definition for network '${network}'`);
}

const bootp: Part<{ file: string; server: string | null }> = {
  read: (from, mode) => ({
    file: attribute('file', line).read(from, mode) ?? '',
    server: attributeOf(from, 'file') === null ? null : attribute('server', anyAddress).read(from, mode),
  }),
  write({ file, server }, to, mode) {
    attribute('file', line).write(file, to, mode);
    attribute('server', anyAddress).write(server, to, mode);
  },
};

type Dhcp = NonNullable<NetworkIp['dhcp']>;

/** `<dhcp>` of an address; null where nobody is given one. */
export function readDhcp(from: XmlElement, ip: NetworkIp, mode: Mode, network: string): Dhcp | null {
  const element = childOf(from, 'dhcp');
  if (element === null) return null;
  const ipv6 = ip.family === 'ipv6';
  const ranges = childrenOf(element, 'range').map(found => dhcpRange(network, ip).read(found, mode));
  const hosts = childrenOf(element, 'host').map(found => dhcpHost({ network, partial: false }, ipv6).read(found, mode));
  const boot = ipv6 ? null : child('bootp', bootp).read(element, mode);
  if (ranges.length === 0 && hosts.length === 0) return null;
  return { ranges, hosts, bootp: boot === null || boot.file === '' ? null : boot };
}

export function writeDhcp({ ranges, hosts, bootp: boot }: Dhcp, to: Draft, mode: Mode): void {
  const element = draft('dhcp');
  const put = <T>(name: string, part: Part<T>, value: T): void => {
    const inner = draft(name);
    part.write(value, inner, mode);
    element.children.push(inner);
  };
  for (const range of ranges) put('range', dhcpRange('', null), range);
  for (const host of hosts) put('host', dhcpHost({ network: '', partial: false }, false), host);
  if (boot !== null) put('bootp', bootp, boot);
  if (element.children.length > 0) to.children.push(element);
}
