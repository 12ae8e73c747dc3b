import ipaddr from 'ipaddr.js';
import type { Lease, NetworkDefinition, NetworkIp } from '../../xml/network/definition.ts';
import type { DnsmasqFiles } from './dnsmasq-files.ts';
import { line, path, value, words } from './dnsmasq-text.ts';
import { netmask, rangeSize, subnet } from './subnet.ts';

/** What dnsmasq reads: its configuration at its start, the other two also on SIGHUP. */
export interface DnsmasqConfiguration {
  readonly configuration: string;
  readonly hosts: string;
  readonly names: string;
}

/**
 * Leases that a network can have at once, whatever its ranges hold: as many as a client can be told of. Guests make up as
 * many as there may be, and all are read whenever somebody asks for them.
 */
const LEASES_MAX = 65_536n;

/** Null when the network needs no dnsmasq. Throws xmlError for what dnsmasq cannot be told. */
export function dnsmasqConfiguration(definition: NetworkDefinition, files: DnsmasqFiles): DnsmasqConfiguration | null {
  const { ips, dns, bridge } = definition;
  const served = ['none', 'nat', 'route', 'open'].includes(definition.forward.mode);
  const hasLeases = ips.some(({ dhcp }) => dhcp !== null);
  const advertises = ips.some(ip => subnet(ip).family === 'ipv6');
  const name = bridge?.name ?? null;
  if (name === null || !served || ips.length === 0 || !(dns.enable !== false || hasLeases || advertises)) return null;
  const lines = [
    '# Written by lxvirtd, and written again when the network changes: see "virsh net-edit".',
    'strict-order',
    ...dnsLines(definition),
    `pid-file=${path(files.pid)}`,
    'except-interface=lo',
    'bind-dynamic',
    `interface=${value(name)}`,
    ...recordLines(definition),
    ...(definition.forward.mode === 'none' ? isolatedLines : []),
    ...ips
      .filter(({ tftpRoot }) => tftpRoot !== null)
      .slice(0, 1)
      .flatMap(tftpLines),
    ...ips.flatMap(ip => (subnet(ip).family === 'ipv4' ? dhcp4Lines(ip) : dhcp6Lines(ip))),
    ...(hasLeases ? leaseLines(definition, files) : []),
    ...(dns.enable === false ? [] : nameLines(definition, files)),
    ...(hasLeases && definition.mtu !== null ? [`dhcp-option=option:mtu,${definition.mtu}`] : []),
    ...(ips.some(ip => ip.dhcp !== null && subnet(ip).family === 'ipv6') ? ['enable-ra'] : []),
    ...definition.dnsmasqOptions.map(line),
  ];
  return {
    configuration: `${lines.join('\n')}\n`,
    hosts: hostLines(definition)
      .map(text => `${text}\n`)
      .join(''),
    names: namesText(definition),
  };
}

/** No way out: no default route, nobody to ask for names, and routers that are none. */
const isolatedLines = ['dhcp-option=3', 'no-resolv', 'ra-param=*,0,0'];

function dnsLines({ dns, domain, ips }: NetworkDefinition): string[] {
  if (dns.enable === false) return ['port=0', ...(domain === null ? [] : [`domain=${value(domain.name)}`])];
  const everywhere = dns.forwarders.some(forwarder => forwarder.domain === null);
  const zones = ips.filter(({ localPtr }) => localPtr === true).map(ip => `local=/${reverseZone(ip)}/`);
  return [
    ...dns.forwarders.map(({ addr, domain: of }) => {
      const server = addr === null ? '#' : value(addr);
      return of === null ? `server=${server}` : `server=/${value(of)}/${server}`;
    }),
    ...(everywhere ? ['no-resolv'] : []),
    ...(domain === null
      ? []
      : [
          ...(domain.localOnly === true ? [`local=/${value(domain.name)}/`] : []),
          `domain=${value(domain.name)}`,
          'expand-hosts',
        ]),
    ...(dns.forwardPlainNames === false ? ['domain-needed', 'local=//'] : []),
    ...zones,
  ];
}

/** The zone of a subnet's reverse names, as far as it ends at a label. */
function reverseZone(ip: NetworkIp): string {
  const { family, network, prefix } = subnet(ip);
  if (family === 'ipv4') {
    const labels = network.split('.').slice(0, Math.floor(prefix / 8));
    return [...labels.toReversed(), 'in-addr.arpa'].join('.');
  }
  const groups = digitsOf(network);
  return [...groups.slice(0, Math.floor(prefix / 4)).toReversed(), 'ip6.arpa'].join('.');
}

/** The 32 digits of an IPv6 address. */
const digitsOf = (address: string): string[] =>
  ipaddr
    .parse(address)
    .toByteArray()
    .flatMap(byte => [(byte >> 4).toString(16), (byte & 15).toString(16)]);

function recordLines({ dns }: NetworkDefinition): string[] {
  return [
    ...dns.txts.map(txt => `txt-record=${value(txt.name)}${txt.value === null ? '' : `,${words(txt.value)}`}`),
    ...dns.srvs.map(srv => {
      const domain = srv.domain === null ? '' : `.${value(srv.domain)}`;
      const target = srv.target === null ? [] : [value(srv.target), srv.port, srv.priority, srv.weight];
      // what follows the last that is given is left out
      const given = target.slice(0, target.findLastIndex(part => part !== null) + 1).map(part => part ?? '0');
      return [`srv-host=_${value(srv.service)}._${value(srv.protocol)}${domain}`, ...given].join(',');
    }),
  ];
}

const tftpLines = ({ tftpRoot }: NetworkIp): string[] => ['enable-tftp', `tftp-root=${path(tftpRoot ?? '')}`];

function dhcp4Lines(ip: NetworkIp): string[] {
  if (ip.dhcp === null) return [];
  const { prefix, network } = subnet(ip);
  const mask = netmask(prefix);
  const { ranges, hosts, bootp } = ip.dhcp;
  return [
    ...ranges.map(({ start, end, lease }) => list(`dhcp-range=${value(start)}`, value(end), mask, leaseTime(lease))),
    ...(ranges.length === 0 && hosts.length > 0 ? [`dhcp-range=${network},static,${mask}`] : []),
    ...(bootp === null
      ? []
      : [list(`dhcp-boot=${value(bootp.file)}`, ...(bootp.server === null ? [] : ['', value(bootp.server)]))]),
  ];
}

function dhcp6Lines(ip: NetworkIp): string[] {
  const { prefix } = subnet(ip);
  // guests make up their own addresses
  if (ip.dhcp === null) return [`dhcp-range=${value(ip.address)},ra-only,${prefix}`];
  const { ranges, hosts } = ip.dhcp;
  return [
    ...ranges.map(({ start, end, lease }) =>
      list(`dhcp-range=${value(start)}`, value(end), String(prefix), leaseTime(lease)),
    ),
    ...(ranges.length === 0 && hosts.length > 0 ? [`dhcp-range=${value(ip.address)},static,${prefix}`] : []),
  ];
}

function nameLines({ dns, domain }: NetworkDefinition, { readAgain }: DnsmasqFiles): string[] {
  if (readAgain !== null) return [`addn-hosts=${path(readAgain.names)}`];
  // "expand-hosts" is not for these
  const expanded = (name: string): string[] =>
    domain === null || name.includes('.') ? [name] : [name, `${name}.${domain.name}`];
  return dns.hosts.map(
    ({ ip, hostnames }) => `host-record=${[...hostnames.flatMap(expanded), ip].map(value).join(',')}`,
  );
}

function leaseLines(definition: NetworkDefinition, files: DnsmasqFiles): string[] {
  const { ips } = definition;
  const sizes = ips.flatMap(({ dhcp }) => [
    ...(dhcp?.ranges.map(({ start, end }) => rangeSize(start, end)) ?? []),
    BigInt(dhcp?.hosts.length ?? 0),
  ]);
  const sum = sizes.reduce((total, size) => total + size, 0n);
  return [
    'dhcp-no-override',
    'dhcp-authoritative',
    // otherwise each new guest waits three seconds for an answer of nobody
    'no-ping',
    `dhcp-lease-max=${sum > LEASES_MAX ? LEASES_MAX : sum}`,
    `dhcp-leasefile=${path(files.leases)}`,
    ...(files.readAgain === null
      ? hostLines(definition).map(text => `dhcp-host=${text}`)
      : [`dhcp-hostsfile=${path(files.readAgain.hosts)}`]),
  ];
}

const units = { seconds: 's', minutes: 'm', hours: 'h' } as const;

const leaseTime = (lease: Lease | null): string | null => {
  if (lease === null) return null;
  return lease.expiry === 0n ? 'infinite' : `${lease.expiry}${units[lease.unit]}`;
};

const list = (...parts: readonly (string | null)[]): string => parts.filter(part => part !== null).join(',');

const given = (text: string | null): string | null => (text === null ? null : value(text));

/** Guests with fixed addresses, or fixed names. */
function hostLines({ ips }: NetworkDefinition): string[] {
  return ips.flatMap(ip =>
    (ip.dhcp?.hosts ?? []).map(host => {
      const lease = leaseTime(host.lease);
      if (subnet(ip).family === 'ipv4') return list(given(host.mac), given(host.ip), given(host.name), lease);
      const address = host.ip === null ? null : `[${value(host.ip)}]`;
      return list(host.id === null ? null : `id:${value(host.id)}`, given(host.mac), given(host.name), address, lease);
    }),
  );
}

/** Names of hosts, in the form of /etc/hosts. */
const namesText = ({ dns }: NetworkDefinition): string =>
  dns.hosts.map(({ ip, hostnames }) => `${[ip, ...hostnames].map(value).join('\t')}\n`).join('');
