/**
 * The filters that every host has: by libvirt's names and for what its documentation says they are for; the rules are
 * ours. Each is written to disk once and is an ordinary filter from then on.
 *
 * "no-…-spoofing" let through what is the guest's own and drop the rest; what they let through may still be dropped by
 * others. "allow-…" accept.
 */
interface StockFilter {
  /** Of one that only includes others and says what is left: "root". */
  readonly chain: string;
  readonly priority?: number;
  /** The document's inside. */
  readonly rules: string;
}

const accept = (direction: 'in' | 'out' | 'inout', match = '', priority = 500): string =>
  `<rule action='accept' direction='${direction}' priority='${priority}'>${match}</rule>`;
const pass = (match: string): string => `<rule action='return' direction='out' priority='100'>${match}</rule>`;
const drop = (direction: 'out' | 'inout', match = ''): string =>
  `<rule action='drop' direction='${direction}' priority='1000'>${match}</rule>`;
const include = (...filters: readonly string[]): string =>
  filters.map(filter => `<filterref filter='${filter}'/>`).join('');

/** A client that has no address yet, and asks everybody. */
const dhcpAsked =
  "<ip srcipaddr='0.0.0.0' dstipaddr='255.255.255.255' protocol='udp' srcportstart='68' dstportstart='67'/>";
const dhcpAnswered = (server: string): string => `<ip${server} protocol='udp' srcportstart='67' dstportstart='68'/>`;
const dhcpv6Asked =
  "<ipv6 srcipaddr='fe80::' srcipmask='10' dstipaddr='ff02::1:2' protocol='udp' srcportstart='546' dstportstart='547'/>";
const dhcpv6Answered = (server: string): string =>
  `<ipv6${server} dstipaddr='fe80::' dstipmask='10' protocol='udp' srcportstart='547' dstportstart='546'/>`;

/** What a guest tells of itself when it has moved. */
const announced =
  "<rarp dstmacaddr='ff:ff:ff:ff:ff:ff' opcode='Request_Reverse' arpsrcmacaddr='$MAC' arpdstmacaddr='$MAC' arpsrcipaddr='0.0.0.0' arpdstipaddr='0.0.0.0'/>";
const othersAnnounced =
  "<rarp dstmacaddr='ff:ff:ff:ff:ff:ff' opcode='Request_Reverse' arpsrcipaddr='0.0.0.0' arpdstipaddr='0.0.0.0'/>";

/** Behind the filters that look at IPv4, before those that look at ARP. */
const BEHIND_IPV4 = -650;
const BEHIND_ARP = -480;

const ownFramesOnly = include('no-mac-spoofing', 'no-ip-spoofing', 'no-arp-spoofing');
const arpBothWays = accept('inout', "<mac protocolid='arp'/>", BEHIND_ARP);
const nothingElse = include('no-other-l2-traffic', 'qemu-announce-self');

export const stockFilters: Readonly<Record<string, StockFilter>> = {
  'allow-arp': { chain: 'arp', rules: accept('inout') },
  'allow-ipv4': { chain: 'ipv4', rules: accept('inout') },
  'allow-ipv6': { chain: 'ipv6', rules: accept('inout') },
  'allow-incoming-ipv4': { chain: 'ipv4', rules: accept('in') },
  'allow-incoming-ipv6': { chain: 'ipv6', rules: accept('in') },
  'allow-dhcp': { chain: 'ipv4', rules: accept('out', dhcpAsked, 100) + accept('in', dhcpAnswered(''), 100) },
  'allow-dhcp-server': {
    chain: 'ipv4',
    rules: accept('out', dhcpAsked, 100) + accept('in', dhcpAnswered(" srcipaddr='$DHCPSERVER'"), 100),
  },
  'allow-dhcpv6': { chain: 'ipv6', rules: accept('out', dhcpv6Asked, 100) + accept('in', dhcpv6Answered(''), 100) },
  'allow-dhcpv6-server': {
    chain: 'ipv6',
    rules: accept('out', dhcpv6Asked, 100) + accept('in', dhcpv6Answered(" srcipaddr='$DHCPSERVERV6'"), 100),
  },
  'no-mac-spoofing': { chain: 'mac', rules: pass("<mac srcmacaddr='$MAC'/>") + drop('out') },
  'no-mac-broadcast': { chain: 'ipv4', rules: drop('out', "<mac dstmacaddr='ff:ff:ff:ff:ff:ff'/>") },
  'no-ip-spoofing': {
    chain: 'ipv4-ip',
    priority: -710,
    rules: pass(dhcpAsked) + pass("<ip srcipaddr='$IP'/>") + drop('out'),
  },
  // Its own link's addresses, and none while it looks whether one is taken.
  'no-ipv6-spoofing': {
    chain: 'ipv6-ip',
    priority: -610,
    rules:
      pass("<ipv6 srcipaddr='fe80::' srcipmask='10'/>") +
      pass("<ipv6 srcipaddr='::' protocol='icmpv6'/>") +
      pass("<ipv6 srcipaddr='$IPV6'/>") +
      drop('out'),
  },
  'no-ip-multicast': { chain: 'ipv4', rules: drop('out', "<ip dstipaddr='224.0.0.0' dstipmask='4'/>") },
  'no-ipv6-multicast': { chain: 'ipv6', rules: drop('out', "<ipv6 dstipaddr='ff00::' dstipmask='8'/>") },
  'no-arp-mac-spoofing': {
    chain: 'arp-mac',
    priority: -520,
    rules: pass("<arp arpsrcmacaddr='$MAC'/>") + drop('out'),
  },
  // A probe names no sender, and so changes nobody's table.
  'no-arp-ip-spoofing': {
    chain: 'arp-ip',
    priority: -510,
    rules: pass("<arp arpsrcipaddr='$IP'/>") + pass("<arp opcode='Request' arpsrcipaddr='0.0.0.0'/>") + drop('out'),
  },
  'no-arp-spoofing': { chain: 'root', rules: include('no-arp-mac-spoofing', 'no-arp-ip-spoofing') },
  'no-other-l2-traffic': { chain: 'root', rules: drop('inout') },
  'no-other-rarp-traffic': { chain: 'rarp', rules: drop('inout') },
  'qemu-announce-self': {
    chain: 'root',
    rules: include('qemu-announce-self-rarp'),
  },
  'qemu-announce-self-rarp': {
    chain: 'rarp',
    rules: accept('out', announced, 100) + accept('in', othersAnnounced, 100),
  },
  'clean-traffic': {
    chain: 'root',
    rules:
      ownFramesOnly +
      include('allow-incoming-ipv4') +
      accept('out', "<mac protocolid='ipv4'/>", BEHIND_IPV4) +
      arpBothWays +
      nothingElse,
  },
  // All that is not for its gateway, or comes from elsewhere, is dropped; DHCP must still find its server.
  'clean-traffic-gateway': {
    chain: 'root',
    rules:
      ownFramesOnly +
      include('allow-dhcp') +
      accept('out', "<mac dstmacaddr='$GATEWAY_MAC' protocolid='ipv4'/>", BEHIND_IPV4) +
      accept('in', "<mac srcmacaddr='$GATEWAY_MAC' protocolid='ipv4'/>", BEHIND_IPV4) +
      arpBothWays +
      nothingElse,
  },
};

/** The documents, without UUIDs. */
export const stockDocuments = (): string[] =>
  Object.entries(stockFilters).map(
    ([name, { chain, priority, rules }]) =>
      `<filter name='${name}' chain='${chain}'${priority === undefined ? '' : ` priority='${priority}'`}>${rules}</filter>`,
  );
