import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { children } from '../describe/element.ts';
import type { Mode, Part } from '../describe/part.ts';
import { parseUnsigned, unsigned } from '../describe/text.ts';
import type { IpAddress, IpRoute } from '../domain/definition.ts';
import { attributeOf, type XmlElement } from '../tree.ts';

const ipError = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.DOMAIN);

const fits = (address: string, family: string | null): boolean =>
  (family !== 'ipv6' && isIPv4(address)) || (family !== 'ipv4' && isIPv6(address));

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

function readIp(from: XmlElement): IpAddress {
  const address = attributeOf(from, 'address');
  if (address === null) throw ipError('Missing required address in <ip>');
  const family = attributeOf(from, 'family');
  if (!fits(address, family)) throw ipError(`Invalid address '${address}' in <ip>`);
  const peer = attributeOf(from, 'peer');
  if (peer !== null && !fits(peer, family))
    throw errors.invalidArg(`Invalid peer '${peer}' in <ip>`, ErrorDomain.DOMAIN);
  return { family: familyOf(address), address, prefix: readPrefix(attributeOf(from, 'prefix'), address), peer };
}

function readPrefix(text: string | null, address: string): number | null {
  if (text === null) return null;
  const prefix = parseUnsigned(text);
  const limit = isIPv6(address) ? 128n : 32n;
  if (prefix === null || prefix > limit) throw ipError(`Invalid prefix value '${text}' in <ip>`);
  return prefix === 0n ? null : Number(prefix);
}

const ip: Part<IpAddress> = {
  read: readIp,
  write({ address, family, prefix, peer }, to) {
    to.attributes.push({ name: 'address', value: address }, { name: 'family', value: family });
    if (prefix !== null) to.attributes.push({ name: 'prefix', value: String(prefix) });
    if (peer !== null) to.attributes.push({ name: 'peer', value: peer });
  },
};

/** A route as written, and which of its attributes were there: those come back. */
const route = (owner: string): Part<IpRoute> => ({
  read: (from, mode) => checkedRoute(from, mode, text => errors.xmlError(`${owner}: ${text}`, ErrorDomain.NETWORK)),
  write(value, to) {
    const { address, familyGiven, family, prefix, netmask, gateway, metric } = value;
    if (familyGiven) to.attributes.push({ name: 'family', value: family });
    to.attributes.push({ name: 'address', value: address });
    if (netmask !== null) to.attributes.push({ name: 'netmask', value: netmask });
    if (prefix !== null) to.attributes.push({ name: 'prefix', value: String(prefix) });
    if (gateway !== null) to.attributes.push({ name: 'gateway', value: gateway });
    if (metric !== null) to.attributes.push({ name: 'metric', value: String(metric) });
  },
});

function checkedRoute(from: XmlElement, mode: Mode, fail: (text: string) => LibvirtError): IpRoute {
  const address = attributeOf(from, 'address');
  const gateway = attributeOf(from, 'gateway');
  const family = attributeOf(from, 'family');
  const netmask = attributeOf(from, 'netmask');
  if (address === null) throw fail('Missing required address attribute in route definition');
  if (!fits(address, null)) throw fail(`Bad network address '${address}' in route definition`);
  if (gateway === null) throw fail('Missing required gateway attribute in route definition');
  if (!fits(gateway, null)) throw fail(`Bad gateway address '${gateway}' in route definition`);
  const prefix = attribute('prefix', NUMBER).read(from, mode);
  checkFamily(address, gateway, family, fail);
  const limit = isIPv6(address) ? 128 : 32;
  if (prefix !== null && prefix > limit)
    throw fail(`Invalid prefix ${prefix} specified in route definition, must be 0 - ${limit}`);
  if (prefix !== null && netmask !== null) throw fail('Route definition cannot have both a prefix and a netmask');
  if (netmask !== null && isIPv6(address))
    throw fail(`Specifying netmask invalid for IPv6 address '${address}' in route definition`);
  if (netmask !== null && !isIPv4(netmask)) throw fail(`Bad netmask address '${netmask}' in route definition`);
  if (!isNetwork(address, netmask ?? prefix ?? (isAny(address) ? 0 : null)))
    throw fail(`Address '${address}' in route definition is not a network address`);
  return {
    family: familyOf(address),
    familyGiven: family !== null,
    address,
    prefix,
    netmask,
    gateway,
    metric: routeMetric(from, mode),
  };
}

function checkFamily(
  address: string,
  gateway: string,
  family: string | null,
  fail: (text: string) => LibvirtError,
): void {
  if (family !== null && family !== 'ipv4' && family !== 'ipv6')
    throw fail(`Unrecognized family '${family}' in route definition`);
  for (const [what, value] of [
    ['address', address],
    ['gateway', gateway],
  ] as const) {
    if (family !== 'ipv6' && isIPv6(value))
      throw fail(
        family === null
          ? `No family specified for non-IPv4 ${what} '${value}' in route definition`
          : `IPv4 family specified for non-IPv4 ${what} '${value}' in route definition`,
      );
    if (family === 'ipv6' && isIPv4(value))
      throw fail(`ipv6 family specified for non-IPv6 ${what} '${value}' in route definition`);
  }
}

const NUMBER = unsigned();

function routeMetric(from: XmlElement, mode: Mode): number | null {
  const metric = attribute('metric', NUMBER).read(from, mode);
  if (metric === 0)
    throw errors.xmlError(
      "Invalid value for attribute 'metric' in element 'route': Zero is not permitted",
      ErrorDomain.XML,
    );
  return metric;
}

const isAny = (address: string): boolean =>
  ipaddr
    .parse(address)
    .toByteArray()
    .every(byte => byte === 0);

/** No host bits: what lies outside of the mask is zero. Without any mask every bit is the host's. */
function isNetwork(address: string, mask: string | number | null): boolean {
  const bytes = ipaddr.parse(address).toByteArray();
  if (mask === null) return false;
  const bits =
    typeof mask === 'string'
      ? ipaddr.parse(mask).toByteArray()
      : bytes.map((_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, mask - 8 * at))));
  return bytes.every((byte, at) => (byte & ~(bits[at] ?? 0)) === 0);
}

/** `<ip>` elements. */
export const ips: Part<IpAddress[]> = children('ip', ip);
/** `<route>` elements; errors name their owner. */
export const routesOf = (owner: string): Part<IpRoute[]> => children('route', route(owner));
export const routes: Part<IpRoute[]> = routesOf('guest interface');
