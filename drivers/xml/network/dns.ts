import { isIP } from 'node:net';
import { attribute } from '../describe/attribute.ts';
import { children, group } from '../describe/element.ts';
import { checked, draft, record, type Draft, type Mode, type Part } from '../describe/part.ts';
import { parseUnsigned, string, yesNo } from '../describe/text.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from '../tree.ts';
import type { DnsHost, DnsSrv, DnsTxt, NetworkDns } from './definition.ts';
import { xmlDetail, xmlError } from './errors.ts';
import { canonicalAddress, dnsName, line } from './texts.ts';

/** Where a part of a network comes from: a document, or an element alone that is to find the part (net-update). */
export interface Reading {
  readonly network: string;
  /** The element may leave out what does not help to find the part. */
  readonly partial: boolean;
}

const forwarder = ({ network }: Reading): Part<NetworkDns['forwarders'][number]> =>
  checked(
    record<NetworkDns['forwarders'][number]>({
      domain: attribute('domain', dnsName),
      addr: attribute('addr', {
        parse(text) {
          if (isIP(text) === 0) throw xmlError(`Invalid forwarder IP address '${text}' in network '${network}'`);
          return canonicalAddress(text);
        },
        format: value => value,
      }),
    }),
    ({ addr, domain }) => {
      if (addr === null && domain === null)
        throw xmlError('Invalid forwarder element, must contain at least one of addr or domain');
    },
  );

export const dnsTxt = ({ network, partial }: Reading): Part<DnsTxt> => ({
  read(from, mode) {
    const name = attribute('name', line).read(from, mode);
    if (name === null) throw xmlDetail(`missing required name attribute in DNS TXT record of network ${network}`);
    if (/[ ,]/.test(name))
      throw xmlDetail(`prohibited character in DNS TXT record name '${name}' of network ${network}`);
    const value = attribute('value', line).read(from, mode);
    if (value === null && !partial)
      throw xmlDetail(`missing required value attribute in DNS TXT record named '${name}' of network ${network}`);
    return { name, value };
  },
  write({ name, value }, to, mode) {
    attribute('name', line).write(name, to, mode);
    attribute('value', line).write(value, to, mode);
  },
});

const SERVICE = /^[A-Za-z0-9_-]+$/;

export const dnsSrv = ({ network, partial }: Reading): Part<DnsSrv> => ({
  read: (from, mode) => readSrv(from, mode, network, partial),
  write(value, to) {
    for (const name of ['service', 'protocol', 'domain', 'target', 'port', 'priority', 'weight'] as const) {
      const text = value[name];
      if (text !== null && text !== '') to.attributes.push({ name, value: String(text) });
    }
  },
});

function readSrv(from: XmlElement, mode: Mode, network: string, partial: boolean): DnsSrv {
  const where = `network '${network}'`;
  const service = attributeOf(from, 'service');
  if (service === null && !partial) throw xmlDetail(`missing required service attribute in DNS SRV record of ${where}`);
  if (service !== null && !SERVICE.test(service))
    throw xmlDetail(`invalid character in service attribute '${service}' in DNS SRV record of ${where}`);
  const protocol = attributeOf(from, 'protocol');
  if (protocol === null && !partial)
    throw xmlDetail(`missing required protocol attribute in DNS SRV record '${service}' of ${where}`);
  if (protocol !== null && !SERVICE.test(protocol))
    throw xmlDetail(`invalid character in protocol attribute '${protocol}' in DNS SRV record of ${where}`);
  const target = attribute('target', line).read(from, mode);
  const number = (name: string, least: bigint, word: string): number | null => {
    const text = attributeOf(from, name);
    if (text === null) return null;
    const value = parseUnsigned(text);
    if (value === null || value < least || value > 65_535n)
      throw xmlDetail(`${word} DNS SRV ${name} attribute for service '${service}' in ${where}`);
    if (target === null && !partial)
      throw xmlDetail(`DNS SRV ${name} attribute not permitted without target for service '${service}' in ${where}`);
    return Number(value);
  };
  return {
    service: service ?? '',
    protocol: protocol ?? '',
    domain: attribute('domain', dnsName).read(from, mode),
    target,
    port: number('port', 1n, 'invalid'),
    priority: number('priority', 0n, 'Invalid'),
    weight: number('weight', 0n, 'invalid'),
  };
}

export const dnsHost = ({ network, partial }: Reading): Part<DnsHost> => ({
  read(from) {
    const where = `in network '${network}' DNS HOST record`;
    const ip = attributeOf(from, 'ip');
    if (ip === null && !partial) throw xmlDetail(`Missing IP address ${where}`);
    if (ip !== null && isIP(ip) === 0) throw xmlDetail(`Invalid IP address ${where}`);
    const hostnames = childrenOf(from, 'hostname').map(element => {
      const name = textOf(element);
      if (name === '') throw xmlDetail(`Missing hostname ${where}`);
      return dnsName.parse(name, { element, attribute: null });
    });
    if (hostnames.length === 0 && !partial) throw xmlDetail(`Missing hostname ${where}`);
    if (hostnames.length === 0 && ip === null) throw xmlDetail(`Missing ip and hostname ${where}`);
    return { ip: ip === null ? '' : canonicalAddress(ip), hostnames };
  },
  write({ ip, hostnames }, to) {
    to.attributes.push({ name: 'ip', value: ip });
    for (const name of hostnames) pushText(to, 'hostname', name);
  },
});

function pushText(to: Draft, name: string, text: string): void {
  const element = draft(name);
  element.children.push({ kind: 'text', text });
  to.children.push(element);
}

/** `<dns>` */
export const dns = (network: string): Part<NetworkDns> => {
  const reading: Reading = { network, partial: false };
  return checked(
    group(
      'dns',
      record<NetworkDns>({
        enable: attribute('enable', yesNo),
        forwardPlainNames: attribute('forwardPlainNames', yesNo),
        forwarders: children('forwarder', forwarder(reading)),
        txts: children('txt', dnsTxt(reading)),
        srvs: children('srv', dnsSrv(reading)),
        hosts: children('host', dnsHost(reading)),
      }),
    ),
    ({ enable, forwarders, txts, srvs, hosts }) => {
      if (enable === false && forwarders.length + txts.length + srvs.length + hosts.length > 0)
        throw xmlError(`Extra data in disabled network '${network}'`);
    },
  );
};

/** `<domain>`; one without a name is none. */
export const networkDomain: Part<{ name: string; localOnly: boolean | null; register: boolean | null } | null> = {
  read(from, mode) {
    const [element] = childrenOf(from, 'domain');
    const name = element === undefined ? null : attribute('name', dnsName).read(element, mode);
    if (element === undefined || name === null) return null;
    return {
      name,
      localOnly: attribute('localOnly', yesNo).read(element, mode),
      register: attribute('register', yesNo).read(element, mode),
    };
  },
  write(value, to, mode) {
    if (value === null) return;
    const element = draft('domain');
    attribute('name', string).write(value.name, element, mode);
    attribute('localOnly', yesNo).write(value.localOnly, element, mode);
    attribute('register', yesNo).write(value.register, element, mode);
    to.children.push(element);
  },
};
