import { isIPv4, isIPv6 } from 'node:net';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child, children, flag } from '../describe/element.ts';
import { checked, mapped, record, type Part } from '../describe/part.ts';
import { oneOf, string, unsigned, yesNo } from '../describe/text.ts';
import type { InterfaceAddress, InterfaceProtocol } from './definition.ts';

const invalid = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.INTERFACE);

const address = record<InterfaceAddress>({
  address: requiredAttribute('address', string),
  prefix: attribute('prefix', unsigned(128)),
});

const gateway: Part<string | null> = mapped(
  child('route', requiredAttribute('gateway', string)),
  value => value,
  value => value,
);

const described: Part<InterfaceProtocol> = record<InterfaceProtocol>({
  family: requiredAttribute('family', oneOf(['ipv4', 'ipv6'])),
  autoconf: flag('autoconf'),
  dhcp: child('dhcp', record({ peerDns: attribute('peerdns', yesNo) })),
  addresses: children('ip', address),
  gateway,
});

/** `<protocol>`: every address is of its family, whatever its way to the host's configuration. */
export const protocol = checked(described, ({ family, autoconf, addresses, gateway }) => {
  const fits = family === 'ipv4' ? isIPv4 : isIPv6;
  const most = family === 'ipv4' ? 32 : 128;
  for (const text of [...addresses.map(({ address }) => address), ...(gateway === null ? [] : [gateway])])
    if (!fits(text) || text.includes('%')) throw invalid(`'${text}' is not an address of the family ${family}`);
  for (const { address, prefix } of addresses)
    if ((prefix ?? 0) > most) throw invalid(`Invalid prefix ${prefix} of the address '${address}'`);
  if (autoconf && family === 'ipv4') throw invalid('autoconf is for the family ipv6 only');
});
