import { isIPv6 } from 'node:net';
import { errors } from '../../../contract/error.ts';
import type { XmlElement } from '../../../xml/tree.ts';
import { hostDeviceTag, tag, valueTag, type DomainDocument } from '../document.ts';
import type { VzSettings } from './settings.ts';

/**
 * The guest's end of a point-to-point link to the host: each has an address of its own, and the guest's default route
 * leads to the host. The host's is the same on every such link: it is never seen outside of it.
 */
const hostEnd = { ipv4: '169.254.1.1', ipv6: 'fe80::1' } as const;
const bits = { ipv4: 32, ipv6: 128 } as const;
const anywhere = { ipv4: '0.0.0.0', ipv6: '::' } as const;

/** Links of a container; without any, it has a network of its own and nothing in it. */
export function addNetwork(document: DomainDocument, settings: VzSettings): void {
  const addresses = settings.words('IP_ADDRESS');
  if (addresses.length > 0) document.add('devices', routedInterface(addresses));
  const links = settings.get('NETIF')?.split(';') ?? [];
  for (const link of links) if (link.trim() !== '') document.add('devices', linkOf(document, link));
  for (const name of settings.words('NETDEV')) document.add('devices', hostDeviceTag('net', name));
  document.add('features', tag('privnet'));
}

/**
 * OpenVZ's venet: the host routes the guest's addresses to it. It is a veth pair without a bridge here, on which the
 * host's end has the guest's addresses as peers.
 */
function routedInterface(written: readonly string[]): XmlElement {
  const addresses = written.map(text => {
    const [address = ''] = text.split('/');
    const family: 'ipv4' | 'ipv6' = isIPv6(address) ? 'ipv6' : 'ipv4';
    return { address, family };
  });
  const families = [...new Set(addresses.map(({ family }) => family))];
  return tag(
    'interface',
    { type: 'ethernet' },
    tag(
      'source',
      {},
      ...addresses.map(({ address, family }) =>
        tag('ip', { address: hostEnd[family], family, prefix: bits[family], peer: address }),
      ),
    ),
    ...addresses.map(({ address, family }) =>
      tag('ip', { address, family, prefix: bits[family], peer: hostEnd[family] }),
    ),
    ...families.map(family => tag('route', { family, address: anywhere[family], gateway: hostEnd[family] })),
    tag('guest', { dev: 'venet0' }),
    tag('link', { state: 'up' }),
  );
}

/** "ifname=eth0,mac=…,host_ifname=veth101.0,host_mac=…,bridge=vmbr0" */
function linkOf(document: DomainDocument, text: string): XmlElement {
  const parts = new Map(
    text.split(',').map(part => {
      const at = part.indexOf('=');
      if (at < 0) throw errors.internalError(`no assignment in NETIF: '${part}'`);
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
  const take = (name: string): string | null => {
    const value = parts.get(name) ?? '';
    parts.delete(name);
    return value === '' ? null : value;
  };
  const bridge = take('bridge');
  const device = tag(
    'interface',
    { type: bridge === null ? 'ethernet' : 'bridge' },
    valueTag('mac', 'address', take('mac')),
    valueTag('source', 'bridge', bridge),
    valueTag('target', 'dev', take('host_ifname')),
    valueTag('guest', 'dev', take('ifname')),
    tag('link', { state: 'up' }),
  );
  for (const [name, value] of parts) document.tell(`NETIF ${name}=${value}`);
  return device;
}
