import type { DnsHost, DnsSrv, NetworkDefinition, NetworkDns } from '../../xml/network/definition.ts';
import { updateElements } from '../../xml/network/update-elements.ts';
import { invalid } from '../network.ts';
import { inserted, notModified } from './places.ts';
import type { Update } from './updated.ts';

const withDns = (definition: NetworkDefinition, part: Partial<NetworkDns>): NetworkDefinition => ({
  ...definition,
  dns: { ...definition.dns, ...part },
});

/** Where one record is that a fragment fits; throws unless there is just one. */
function only<T>(items: readonly T[], fits: (item: T) => boolean, what: string, network: string): number {
  const found = items.flatMap((item, at) => (fits(item) ? [at] : []));
  const [at] = found;
  if (at === undefined) throw invalid(`couldn't locate a matching DNS ${what} record in network ${network}`);
  if (found.length > 1)
    throw invalid(`multiple DNS ${what} records matching all specified fields were found in network ${network}`);
  return at;
}

export function updateDnsTxt(definition: NetworkDefinition, { command, element }: Update): NetworkDefinition {
  const { name: network, dns } = definition;
  if (command === 'modify') throw notModified('DNS TXT records');
  const txt = updateElements.txt(element, { network, partial: command === 'delete' });
  const at = dns.txts.findIndex(({ name }) => name === txt.name);
  if (command === 'delete') {
    if (at < 0) throw invalid(`couldn't locate a matching DNS TXT record in network ${network}`);
    return withDns(definition, { txts: dns.txts.toSpliced(at, 1) });
  }
  if (at >= 0) throw invalid(`there is already a DNS TXT record with name '${txt.name}' in network ${network}`);
  return withDns(definition, { txts: inserted(dns.txts, txt, command) });
}

/** What a fragment leaves out fits anything. */
const sameSrv =
  (wanted: DnsSrv) =>
  (srv: DnsSrv): boolean =>
    (['service', 'protocol', 'domain', 'target'] as const).every(
      field => wanted[field] === null || wanted[field] === '' || wanted[field] === srv[field],
    );

export function updateDnsSrv(definition: NetworkDefinition, { command, element }: Update): NetworkDefinition {
  const { name: network, dns } = definition;
  if (command === 'modify') throw notModified('DNS SRV records');
  const srv = updateElements.srv(element, { network, partial: command === 'delete' });
  if (command === 'delete')
    return withDns(definition, { srvs: dns.srvs.toSpliced(only(dns.srvs, sameSrv(srv), 'SRV', network), 1) });
  if (dns.srvs.some(sameSrv(srv)))
    throw invalid(`there is already at least one DNS SRV record matching all specified fields in network ${network}`);
  return withDns(definition, { srvs: inserted(dns.srvs, srv, command) });
}

/** The address says it, where there is one; else any of the names. */
const sameHost =
  (wanted: DnsHost) =>
  ({ ip, hostnames }: DnsHost): boolean =>
    wanted.ip === '' ? wanted.hostnames.some(name => hostnames.includes(name)) : wanted.ip === ip;

export function updateDnsHost(definition: NetworkDefinition, { command, element }: Update): NetworkDefinition {
  const { name: network, dns } = definition;
  if (command === 'modify') throw notModified('DNS HOST records');
  const host = updateElements.dnsHost(element, { network, partial: command === 'delete' });
  if (command === 'delete')
    return withDns(definition, { hosts: dns.hosts.toSpliced(only(dns.hosts, sameHost(host), 'HOST', network), 1) });
  if (dns.hosts.some(sameHost(host)))
    throw invalid(`there is already at least one DNS HOST record with a matching field in network ${network}`);
  return withDns(definition, { hosts: inserted(dns.hosts, host, command) });
}
