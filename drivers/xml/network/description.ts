import { randomUUID } from 'node:crypto';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError, errors } from '../../contract/error.ts';
import { textChild } from '../describe/element.ts';
import { checked, draft, mapped, record, required, type Draft, type Mode, type Part } from '../describe/part.ts';
import { string } from '../describe/text.ts';
import { uuidOr } from '../describe/uuid.ts';
import { metadata } from '../domain/metadata.ts';
import { routesOf } from '../net/addresses.ts';
import { portIsolated, virtualPortTemplate, vlan } from '../net/link-settings.ts';
import { attributeOf, type XmlElement } from '../tree.ts';
import { bridge, bridgeMac, networkMtu } from './bridge.ts';
import type { NetworkDefinition, NetworkRoute } from './definition.ts';
import { dns, networkDomain } from './dns.ts';
import { dnsmasqOptions } from './dnsmasq-options.ts';
import { internalError, xmlError } from './errors.ts';
import { forward } from './forward.ts';
import { networkIps } from './ip.ts';
import { portGroups, sharedBandwidth, trustGuestRxFilters } from './settings.ts';

const noName = () =>
  new LibvirtError(ErrorCode.NO_NAME, ErrorDomain.NETWORK, 'missing name information', {
    str1: 'missing name information',
  });

const name: Part<string> = checked(required(textChild('name', string), noName), value => {
  const bad = /[/\n]/.exec(value)?.[0];
  if (bad !== undefined) throw errors.xmlDetail(`invalid char in name: ${bad}`, ErrorDomain.XML);
  // Directories are named for networks.
  if (value === '.' || value === '..') throw xmlError(`'${value}' is no name for a network`);
});

/** A UUID in any of libvirt's spellings, in the usual one. */
export const networkUuid = uuidOr(() => internalError('malformed uuid element'));

const uuid = textChild('uuid', networkUuid);

/** "yes" or nothing: that guests may not is what goes without saying. */
const ipv6 = (network: string): Part<boolean | null> => ({
  read(from) {
    const text = attributeOf(from, 'ipv6');
    if (text !== null && text !== 'yes' && text !== 'no')
      throw xmlError(`Invalid ipv6 setting '${text}' in network '${network}'`);
    return text === 'yes' ? true : null;
  },
  write(value, to) {
    if (value === true) to.attributes.push({ name: 'ipv6', value: 'yes' });
  },
});

const title: Part<string | null> = checked(textChild('title', string), value => {
  if (value?.includes('\n') === true) throw xmlError("Network title can't contain newlines");
});

/** A gateway is what a route of a network must have. */
const routes = (network: string): Part<NetworkRoute[]> =>
  mapped(
    routesOf(network),
    values => values.map(route => ({ ...route, gateway: route.gateway ?? '' })),
    values => values,
  );

type Rest = Omit<NetworkDefinition, 'name' | 'uuid' | 'uuidGiven' | 'forward' | 'bridge'>;

/** What follows name and forwarding, in the order in which it is written; errors name the network. */
const restOf = (network: string, forwardMode: NetworkDefinition['forward']['mode']) => ({
  before: record<Pick<Rest, 'ipv6' | 'trustGuestRxFilters' | 'title' | 'description' | 'metadata'>>({
    ipv6: ipv6(network),
    trustGuestRxFilters,
    title,
    description: textChild('description', string),
    metadata,
  }),
  bridge: bridge(network, forwardMode),
  after: record<Omit<Rest, 'ipv6' | 'trustGuestRxFilters' | 'title' | 'description' | 'metadata'>>({
    mtu: networkMtu(network),
    mac: bridgeMac(network),
    domain: networkDomain,
    dns: dns(network),
    vlan,
    bandwidth: sharedBandwidth,
    isolated: portIsolated,
    ips: networkIps(network),
    routes: routes(network),
    virtualport: virtualPortTemplate,
    portgroups: portGroups,
    dnsmasqOptions,
  }),
});

/** `<network>`: the one description by which networks are read and written. */
export const network: Part<NetworkDefinition> = {
  read: readNetwork,
  write: writeNetwork,
};

function readNetwork(from: XmlElement, mode: Mode): NetworkDefinition {
  const said = name.read(from, mode);
  const given = uuid.read(from, mode);
  const forwarding = forward(said).read(from, mode);
  const rest = restOf(said, forwarding.mode);
  return {
    name: said,
    uuid: given ?? randomUUID(),
    uuidGiven: given !== null,
    ...rest.before.read(from, mode),
    forward: forwarding,
    bridge: rest.bridge.read(from, mode),
    ...rest.after.read(from, mode),
  };
}

function writeNetwork(value: NetworkDefinition, to: Draft, mode: Mode): void {
  const rest = restOf(value.name, value.forward.mode);
  const { before, after } = rest;
  const identity = draft('');
  name.write(value.name, identity, mode);
  uuid.write(value.uuid, identity, mode);
  to.children.push(...identity.children);
  before.write(value, to, mode);
  forward(value.name).write(value.forward, to, mode);
  rest.bridge.write(value.bridge, to, mode);
  after.write(value, to, mode);
}
