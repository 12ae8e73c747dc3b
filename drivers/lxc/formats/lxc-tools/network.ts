import { errors } from '../../../contract/error.ts';
import type { XmlElement } from '../../../xml/tree.ts';
import { normalMac } from '../../../xml/domain/interface.ts';
import { hostDeviceTag, tag, valueTag, type DomainDocument } from '../document.ts';
import type { Property } from './properties.ts';

/** One interface as LXC describes it: the values of its keys; addresses and gateways may come several times. */
type Keys = Map<string, string[]>;

const known = new Set(
  (
    'type link name flags hwaddr mtu veth.pair vlan.id macvlan.mode ' +
    'ipv4.address ipv6.address ipv4.gateway ipv6.gateway'
  ).split(' '),
);

/** How each type of interface becomes a device; null where there is none. */
const kinds: Readonly<Record<string, (keys: Keys, details: XmlElement[]) => XmlElement | null>> = {
  veth: (keys, details) => {
    const bridge = first(keys, 'link');
    if (bridge === null) return interfaceTag('ethernet', keys, details);
    return interfaceTag('bridge', keys, [tag('source', { bridge }), ...details]);
  },
  macvlan: (keys, details) => {
    const mode = first(keys, 'macvlan.mode') ?? 'private';
    return interfaceTag('direct', keys, [tag('source', { dev: first(keys, 'link'), mode }), ...details]);
  },
  phys: (keys, details) => hostLink(first(keys, 'link'), details),
  vlan: (keys, details) => {
    const [link, id] = [first(keys, 'link'), first(keys, 'vlan.id')];
    return link === null || id === null ? null : hostLink(`${link}.${id}`, details);
  },
};

const hostLink = (link: string | null, details: readonly XmlElement[]): XmlElement | null =>
  link === null ? null : hostDeviceTag('net', link, ...details.filter(({ name }) => name === 'ip' || name === 'route'));

/**
 * Adds the interfaces of `lxc.net.N.*`. A container whose configuration asks for none of the host's links, or for
 * "empty", has a network of its own; only "none" shares the host's.
 */
export function addNetwork(document: DomainDocument, properties: readonly Property[]): void {
  const links = group(document, properties);
  /** Nothing else tells of a network of its own. */
  let own = true;
  for (const [number, keys] of links) {
    const type = first(keys, 'type');
    if (type === 'none') own = false;
    if (type === 'none' || type === 'empty') continue;
    const device =
      (type === null || !Object.hasOwn(kinds, type) ? undefined : kinds[type])?.(keys, [
        ...addressTags(document, number, keys),
      ]) ?? null;
    if (device === null) document.tell(`lxc.net.${number}.type = ${type ?? ''}`);
    else {
      document.add('devices', device);
      own = false;
    }
  }
  if (own) document.add('features', tag('privnet'));
}

function group(document: DomainDocument, properties: readonly Property[]): Map<number, Keys> {
  const links = new Map<number, Keys>();
  for (const { key, value, written } of properties) {
    const match = /^lxc\.net\.(\d{1,9})\.(.+)$/.exec(key);
    if (match === null) throw errors.internalError(`invalid network interface in '${written}'`);
    const [, number = '', inside = ''] = match;
    const keys: Keys = links.get(Number(number)) ?? new Map<string, string[]>();
    links.set(Number(number), keys);
    if (known.has(inside)) keys.set(inside, [...(keys.get(inside) ?? []), value]);
    else document.tell(written);
  }
  return links;
}

const first = (keys: Keys, key: string): string | null => keys.get(key)?.[0] ?? null;

function interfaceTag(type: string, keys: Keys, details: readonly XmlElement[]): XmlElement {
  return tag(
    'interface',
    { type },
    valueTag('mac', 'address', macOf(first(keys, 'hwaddr'))),
    ...details,
    valueTag('target', 'dev', first(keys, 'veth.pair')),
    valueTag('guest', 'dev', first(keys, 'name')),
    tag('link', { state: first(keys, 'flags') === 'up' ? 'up' : 'down' }),
    valueTag('mtu', 'size', first(keys, 'mtu')),
  );
}

/** LXC fills each x with a random digit, as the driver does for an address that is missing. */
const macOf = (written: string | null): string | null =>
  written === null || /x/i.test(written) ? null : normalMac(written);

function* addressTags(document: DomainDocument, number: number, keys: Keys): Generator<XmlElement> {
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const written of keys.get(`${family}.address`) ?? []) {
      const [address = '', prefix, ...rest] = (written.split(/\s+/)[0] ?? '').split('/');
      if (prefix === undefined || rest.length > 0) throw errors.invalidArg(`Invalid CIDR address: '${written}'`);
      yield tag('ip', { address, family, prefix });
    }
    for (const gateway of keys.get(`${family}.gateway`) ?? [])
      if (gateway === 'auto' || gateway === 'dev') document.tell(`lxc.net.${number}.${family}.gateway = ${gateway}`);
      else yield tag('route', { family, address: family === 'ipv4' ? '0.0.0.0' : '::', gateway });
  }
}
