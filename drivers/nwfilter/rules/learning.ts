import { ErrorDomain, ErrorCode } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import type { PlacedRule, Variables } from '../filter-tree.ts';
import type { LearnedAddress } from './concrete-rule.ts';
import { ofType } from './frame-match.ts';
import type { Direction, PortNames } from './port-names.ts';
import { ipv4 } from '../../xml/nwfilter/value-kinds.ts';

/** The variable that need not be given. */
const ADDRESS = 'IP';

/** How a port's address is found when nobody says it: from its first packet, from DHCP, or not. */
const methods = ['any', 'dhcp', 'none'] as const;
type Method = (typeof methods)[number];

/** What a port learns its address by; nothing when it is given or not asked for. */
export interface Learning extends LearnedAddress {
  readonly setText: string;
  readonly rules: Readonly<Record<Direction, readonly string[]>>;
}

/** The kernel itself learns: a set with room for one address, which the first packet fills. It outlives the daemon. */
export function learning(
  names: PortNames,
  mac: string,
  rules: readonly PlacedRule[],
  variables: Variables,
  filter: string,
): Learning | null {
  const method = methodOf(variables, filter);
  if (method === 'none' || !rules.some(asksForAddress)) return null;
  const set = names.address();
  return {
    variable: ADDRESS,
    set,
    // A lease may come to another address than the one before.
    setText: `type ipv4_addr; size ${method === 'any' ? 1 : 4}; flags dynamic;`,
    rules: {
      out: method === 'any' ? sentAddresses(mac, set) : [],
      in: [leasedAddress(mac, set, variables.get('DHCPSERVER') ?? [])],
    },
  };
}

const asksForAddress = ({ rule, variables }: PlacedRule): boolean =>
  !variables.has(ADDRESS) &&
  [...(rule.match?.values.values() ?? [])].some(({ variable }) => variable?.name === ADDRESS);

function methodOf(variables: Variables, filter: string): Method {
  const given = variables.get('CTRL_IP_LEARNING')?.[0] ?? 'any';
  const found = methods.find(method => method === given.toLowerCase());
  if (found !== undefined) return found;
  const text = `filter '${filter}' learning value '${given}' invalid.`;
  throw new LibvirtError(ErrorCode.PARSE_FAILED, ErrorDomain.NWFILTER, `failed to parse configuration file ${text}`, {
    str1: 'failed to parse configuration file %s',
    str2: text,
  });
}

/** Not those that nobody has: none at all, a group's, and loopbacks. */
const HOSTS = '!= { 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0-255.255.255.255 }';

const sentAddresses = (mac: string, set: string): string[] => [
  `ether saddr ${mac} ${ofType('ipv4')} ip saddr ${HOSTS} add @${set} { ip saddr }`,
  `ether saddr ${mac} ${ofType('arp')} arp hlen 6 arp plen 4 arp saddr ip ${HOSTS} add @${set} { arp saddr ip }`,
];

/** DHCP's answer that ends well, whose first option says so: for the guest's own hardware address, the address that it gives. */
function leasedAddress(mac: string, set: string, servers: readonly string[]): string {
  const known = servers.flatMap(server => (ipv4(server) === null ? [] : [server]));
  const from = known.length === 0 ? '' : `ip saddr { ${known.join(', ')} } `;
  const answer = `@th,1984,24 0x350105 @th,288,48 0x${mac.replaceAll(':', '')} @th,192,32 != 0`;
  return `${ofType('ipv4')} ip protocol 17 ${from}udp sport 67 udp dport 68 ${answer} add @${set} { @th,192,32 }`;
}
