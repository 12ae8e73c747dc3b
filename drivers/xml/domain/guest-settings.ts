import { errors } from '../../contract/error.ts';
import { isIP } from 'node:net';
import { attributeOf, childOf, childrenOf, textOf, xmlElement, type XmlElement } from '../tree.ts';
import type { DomainDefinition } from './definition.ts';

/**
 * What a guest is to know of itself and libvirt's document has no element for. It lies in the document's `<metadata>`,
 * so that every client and every other daemon keeps it as it is:
 *
 *     <guest xmlns='http://lxvirtd.org/schemas/guest/1.0'>
 *       <hostname>www.example.org</hostname>
 *       <nameserver address='192.0.2.53'/>
 *       <search domain='example.org'/>
 *       <hostaddress address='192.0.2.7'/>
 *     </guest>
 */
export interface GuestSettings {
  /** In place of the one that is made of the domain's name. */
  readonly hostname: string | null;
  readonly nameservers: readonly string[];
  readonly searchDomains: readonly string[];
  /** The host's addresses to which a guest without a network of its own is limited; empty: no limit. */
  readonly hostAddresses: readonly string[];
}

const GUEST_URI = 'http://lxvirtd.org/schemas/guest/1.0';

const none: GuestSettings = { hostname: null, nameservers: [], searchDomains: [], hostAddresses: [] };

/** Names of hosts and domains: what every resolver takes for one. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;

/** Linux's limit of a host's name, in bytes. */
const HOSTNAME_LIMIT = 64;

/** resolv.conf's, of both kinds of lines together more than any resolver reads. */
const LIST_LIMIT = 64;

/** Reads a domain's settings for its guest. Throws configUnsupported for values that mean nothing. */
export function guestSettings({ metadata }: Pick<DomainDefinition, 'metadata'>): GuestSettings {
  const guest = metadata.find(({ uri, name }) => uri === GUEST_URI && name === 'guest');
  if (guest === undefined) return none;
  const hostname = childOf(guest, 'hostname', GUEST_URI);
  return {
    hostname: hostname === null ? null : checkedName(textOf(hostname).trim(), HOSTNAME_LIMIT),
    nameservers: list(guest, 'nameserver', 'address', checkedAddress),
    searchDomains: list(guest, 'search', 'domain', name => checkedName(name, 253)),
    hostAddresses: list(guest, 'hostaddress', 'address', checkedAddress),
  };
}

function list(guest: XmlElement, name: string, attribute: string, check: (value: string) => string): string[] {
  const values = childrenOf(guest, name, GUEST_URI).map(element => check(attributeOf(element, attribute) ?? ''));
  if (values.length > LIST_LIMIT) throw errors.configUnsupported(`more than ${LIST_LIMIT} elements <${name}>`);
  return values;
}

function checkedName(name: string, limit: number): string {
  if (name.length > limit || !NAME.test(name)) throw errors.configUnsupported(`'${name}' is no name for a host`);
  return name;
}

function checkedAddress(address: string): string {
  if (isIP(address) === 0) throw errors.configUnsupported(`'${address}' is no IP address`);
  return address;
}

/** The element for a document's metadata, null when it would say nothing. */
export function guestElement(settings: Partial<GuestSettings>): XmlElement | null {
  const { hostname, nameservers, searchDomains, hostAddresses } = { ...none, ...settings };
  const children = [
    ...(hostname === null ? [] : [xmlElement('hostname', {}, [hostname])]),
    ...nameservers.map(address => xmlElement('nameserver', { address })),
    ...searchDomains.map(domain => xmlElement('search', { domain })),
    ...hostAddresses.map(address => xmlElement('hostaddress', { address })),
  ].map(child => ({ ...child, uri: GUEST_URI }));
  if (children.length === 0) return null;
  return {
    ...xmlElement('guest', {}, children),
    uri: GUEST_URI,
    declarations: [{ prefix: '', uri: GUEST_URI }],
  };
}
