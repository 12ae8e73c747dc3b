import { ErrorDomain } from '../../contract/constants.ts';
import { inactiveMode, type Part } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { attributeOf, type XmlElement } from '../tree.ts';
import type { DhcpHost, DhcpRange, DnsHost, DnsSrv, DnsTxt, NetworkIp, PortGroup } from './definition.ts';
import { dhcpHost, dhcpRange } from './dhcp.ts';
import { dnsHost, dnsSrv, dnsTxt, type Reading } from './dns.ts';
import { xmlError } from './errors.ts';
import { portGroup } from './settings.ts';
import { isLinkName } from './texts.ts';

/** The element of a net-update. */
export const readUpdate = async (xml: string): Promise<XmlElement> =>
  readXml(xml, { what: 'network_update_xml', root: null, domain: ErrorDomain.NETWORK });

function expect(element: XmlElement, name: string, network: string): void {
  if (element.name !== name)
    throw xmlError(`unexpected element <${element.name}>, expecting <${name}>, while updating network '${network}'`);
}

const reader =
  <T>(name: string, part: (reading: Reading) => Part<T>) =>
  (element: XmlElement, reading: Reading): T => {
    expect(element, name, reading.network);
    return part(reading).read(element, inactiveMode);
  };

/** What each section's element is; `partial` allows what only has to find one. */
export const updateElements = {
  txt: reader<DnsTxt>('txt', dnsTxt),
  srv: reader<DnsSrv>('srv', dnsSrv),
  dnsHost: reader<DnsHost>('host', dnsHost),
  portGroup: reader<PortGroup>('portgroup', () => portGroup),
  dhcpHost: (element: XmlElement, reading: Reading, ip: NetworkIp): DhcpHost =>
    reader('host', given => dhcpHost(given, ip.family === 'ipv6'))(element, reading),
  dhcpRange: (element: XmlElement, reading: Reading, ip: NetworkIp): DhcpRange =>
    reader('range', ({ network }) => dhcpRange(network, ip))(element, reading),
  /** The name of a link of the host. */
  interface(element: XmlElement, { network }: Reading): string {
    expect(element, 'interface', network);
    const dev = attributeOf(element, 'dev');
    if (dev === null) throw xmlError('missing dev attribute in <interface> element');
    if (!isLinkName(dev)) throw xmlError(`Invalid device name '${dev}' in network '${network}'`);
    return dev;
  },
} as const;
