import { isIPv4, isIPv6 } from 'node:net';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { attributeOf, isElement, type XmlElement } from '../../xml/tree.ts';
import { contains, subnet } from './subnet.ts';

/** A port of the host's that leads to a guest's. */
export interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  /** Of the host's addresses; null is any that it has. */
  readonly address: string | null;
  readonly port: number;
  readonly to: string;
  readonly toPort: number;
}

/** libvirt's documents have no word for it, so it is ours, and stands in a network's metadata. */
const FORWARDS_NAMESPACE = 'http://lxvirtd.org/schemas/network/1.0';

/** Far more than anybody writes, and no burden for the firewall. */
const FORWARDS_MAX = 1024;

const bad = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.NETWORK);

/**
 * The `<lxvirtd:forward protocol='tcp' port='8080' to='192.168.122.10' toPort='80'/>` of a network, below one
 * `<lxvirtd:forwards>` or, when there is but one, by itself. Throws xmlError for what cannot be done, and for ports that
 * are forwarded twice.
 */
export function portForwards(definition: NetworkDefinition): PortForward[] {
  const own = definition.metadata.filter(({ uri }) => uri === FORWARDS_NAMESPACE);
  const elements = own.flatMap(element => {
    if (element.name === 'forward') return [element];
    if (element.name !== 'forwards')
      throw bad(`unknown element <${element.name}> in the metadata of ${FORWARDS_NAMESPACE}`);
    return element.children.filter(isElement).map(child => checkedName(child));
  });
  if (elements.length > FORWARDS_MAX) throw bad(`a network forwards ${FORWARDS_MAX} ports at most`);
  const forwards = elements.map(element => readForward(element, definition));
  checkDistinct(forwards);
  return forwards;
}

function checkedName(element: XmlElement): XmlElement {
  if (element.name !== 'forward' || element.uri !== FORWARDS_NAMESPACE)
    throw bad(`unknown element <${element.name}> in <forwards>`);
  return element;
}

function readForward(element: XmlElement, definition: NetworkDefinition): PortForward {
  const protocol = attributeOf(element, 'protocol') ?? 'tcp';
  if (protocol !== 'tcp' && protocol !== 'udp') throw bad(`unknown protocol '${protocol}' in <forward>`);
  const to = attributeOf(element, 'to') ?? '';
  if (!isIPv4(to) && !isIPv6(to)) throw bad(`'${to}' in the attribute 'to' of <forward> is no IP address`);
  if (!definition.ips.some(ip => contains(subnet(ip), to)))
    throw bad(`the address '${to}' in <forward> is in no subnet of network '${definition.name}'`);
  const address = attributeOf(element, 'address');
  if (address !== null && (isIPv4(to) ? !isIPv4(address) : !isIPv6(address)))
    throw bad(`'${address}' in the attribute 'address' of <forward> is no address of the family of '${to}'`);
  const port = portOf(element, 'port', null);
  return { protocol, address, port, to, toPort: portOf(element, 'toPort', port) };
}

function portOf(element: XmlElement, name: string, fallback: number | null): number {
  const text = attributeOf(element, name);
  if (text === null && fallback !== null) return fallback;
  const value = /^[0-9]{1,5}$/.test(text ?? '') ? Number(text) : 0;
  if (value < 1 || value > 65_535) throw bad(`'${text ?? ''}' in the attribute '${name}' of <forward> is no port`);
  return value;
}

function checkDistinct(forwards: readonly PortForward[]): void {
  const seen = new Set<string>();
  for (const { protocol, address, port } of forwards) {
    const key = `${protocol} ${address ?? ''} ${port}`;
    if (seen.has(key)) throw bad(`port ${port}/${protocol} is forwarded twice`);
    seen.add(key);
  }
}
