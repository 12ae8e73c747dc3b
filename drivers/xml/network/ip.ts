import { isIP, isIPv4, isIPv6 } from 'node:net';
import { attribute } from '../describe/attribute.ts';
import { openChildren } from '../describe/element.ts';
import { draft, type Mode, type Part } from '../describe/part.ts';
import { unsigned, yesNo } from '../describe/text.ts';
import { attributeOf, childOf, type XmlElement } from '../tree.ts';
import type { NetworkIp } from './definition.ts';
import { readDhcp, writeDhcp } from './dhcp.ts';
import { unsupported, xmlError } from './errors.ts';
import { canonicalAddress, line } from './texts.ts';

/** `<ip>` elements: the bridge's addresses, and what is served there. */
export const networkIps = (network: string): Part<NetworkIp[]> => openChildren('ip', ip(network));

const ip = (network: string): Part<NetworkIp> => ({
  read: (from, mode) => readIp(from, mode, network),
  write(value, to, mode) {
    const { family, address, netmask, prefix, localPtr, tftpRoot, dhcp } = value;
    if (family !== null) to.attributes.push({ name: 'family', value: family });
    to.attributes.push({ name: 'address', value: address });
    if (netmask !== null) to.attributes.push({ name: 'netmask', value: netmask });
    if (prefix !== null) to.attributes.push({ name: 'prefix', value: String(prefix) });
    attribute('localPtr', yesNo).write(localPtr, to, mode);
    if (tftpRoot !== null) {
      const tftp = draft('tftp');
      tftp.attributes.push({ name: 'root', value: tftpRoot });
      to.children.push(tftp);
    }
    if (dhcp !== null) writeDhcp(dhcp, to, mode);
  },
});

function readIp(from: XmlElement, mode: Mode, network: string): NetworkIp {
  const address = attributeOf(from, 'address') ?? '';
  if (address === '') throw xmlError(`Missing required address attribute in network '${network}'`);
  if (isIP(address) === 0) throw xmlError(`Invalid address '${address}' in network '${network}'`);
  const netmask = attributeOf(from, 'netmask');
  const prefix = attribute('prefix', unsigned()).read(from, mode) || null;
  const family = familyOf(attributeOf(from, 'family'), address, network);
  checkMask({ address, netmask, prefix }, network);
  const value: NetworkIp = {
    family,
    address: canonicalAddress(address),
    netmask,
    prefix,
    localPtr: attribute('localPtr', yesNo).read(from, mode),
    tftpRoot: tftpRoot(from, mode, family, network),
    dhcp: null,
  };
  return { ...value, dhcp: readDhcp(from, value, mode, network) };
}

function familyOf(text: string | null, address: string, network: string): NetworkIp['family'] {
  if (text !== null && text !== 'ipv4' && text !== 'ipv6')
    throw xmlError(`Unrecognized family '${text}' in network '${network}'`);
  if (text === null && isIPv6(address))
    throw unsupported(`no family specified for non-IPv4 address '${address}' in network '${network}'`);
  if (text === 'ipv4' && isIPv6(address))
    throw unsupported(`ipv4 family specified for non-IPv4 address '${address}' in network '${network}'`);
  if (text === 'ipv6' && isIPv4(address))
    throw unsupported(`Family 'ipv6' specified for non-IPv6 address '${address}' in network '${network}'`);
  return text;
}

function checkMask(
  { address, netmask, prefix }: Pick<NetworkIp, 'address' | 'netmask' | 'prefix'>,
  network: string,
): void {
  if (netmask !== null && isIPv6(address))
    throw unsupported(`netmask not allowed for IPv6 address '${address}' in network '${network}'`);
  if (netmask !== null && prefix !== null)
    throw unsupported(`Network '${network}' IP address cannot have both a prefix and a netmask`);
  if (netmask !== null && !isIPv4(netmask)) throw xmlError(`Invalid netmask '${netmask}' in network '${network}'`);
  if (netmask !== null && !contiguous(netmask)) throw xmlError(`Invalid netmask '${netmask}' in network '${network}'`);
  if (prefix !== null && prefix > (isIPv6(address) ? 128 : 32))
    throw unsupported(`Invalid ${isIPv6(address) ? 'IPv6' : 'IPv4'} prefix '${prefix}' in network '${network}'`);
}

/** Ones, then zeros: the kernel knows no other masks. */
const contiguous = (netmask: string): boolean =>
  /^1*0*$/.test(
    netmask
      .split('.')
      .map(byte => Number(byte).toString(2).padStart(8, '0'))
      .join(''),
  );

function tftpRoot(from: XmlElement, mode: Mode, family: NetworkIp['family'], network: string): string | null {
  const element = childOf(from, 'tftp');
  if (element === null) return null;
  if (family === 'ipv6') throw unsupported(`Unsupported <tftp> element in an IPv6 element in network '${network}'`);
  return attribute('root', line).read(element, mode);
}
