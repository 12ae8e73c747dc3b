import { randomInt } from 'node:crypto';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { mapped, orElse, ordered, record, type Part } from '../describe/part.ts';
import { oneOf, string } from '../describe/text.ts';
import { ips, routes } from '../net/addresses.ts';
import { bandwidth, filterref, mtu, portIsolated, virtualPort, vlan } from '../net/link-settings.ts';
import type { XmlElement } from '../tree.ts';
import type { InterfaceDevice } from './definition.ts';
import { normalPart, runningAlias } from './device-parts.ts';
import { actual, isPublic, ownSource, readSource, writeSource } from './interface-source.ts';
import { unsupported, xmlError } from './errors.ts';
import { interfaceForms } from './forms.ts';

const types = [
  'network',
  'bridge',
  'ethernet',
  'direct',
  'hostdev',
  'user',
  'internal',
  'server',
  'client',
  'mcast',
  'udp',
  'vhostuser',
  'vdpa',
  'null',
  'vds',
] as const;

const type = orElse(attribute('type', oneOf(types)), 'user');

/** An address as libvirt writes it; throws for what is none or is a group's. */
export function normalMac(text: string): string {
  const bytes = text.split(':');
  if (bytes.length !== 6 || !bytes.every(byte => /^[0-9a-fA-F]{1,2}$/.test(byte)))
    throw xmlError(`unable to parse mac address '${text}'`);
  if ((Number.parseInt(bytes[0] ?? '', 16) & 1) === 1)
    throw xmlError(`expected unicast mac address, found multicast '${text}'`);
  return bytes.map(byte => byte.toLowerCase().padStart(2, '0')).join(':');
}

const generatedMac = (): string =>
  ['52', '54', '00', ...[0, 0, 0].map(() => randomInt(256).toString(16).padStart(2, '0'))].join(':');

const mac = mapped(
  child(
    'mac',
    record({
      address: attribute('address', string),
      type: attribute('type', oneOf<string>(['generated', 'static'])),
      check: attribute('check', oneOf<string>(['yes', 'no'])),
    }),
  ),
  value => ({
    mac: value?.address == null ? generatedMac() : normalMac(value.address),
    macType: value?.type ?? null,
    macCheck: value?.check ?? null,
  }),
  value => ({ address: value.mac, type: value.macType, check: value.macCheck }),
);

/** Names that libvirt gives out itself: the next start makes new ones. */
const generatedName = /^(vnet|macvtap|macvlan)\d+$/;

const target = child(
  'target',
  record({ dev: attribute('dev', string), managed: attribute('managed', oneOf(['yes', 'no'])) }),
);

const guest = child('guest', record({ dev: attribute('dev', string), actual: attribute('actual', string) }));

const linkStates = oneOf(['up', 'down'], text => unsupported(`unknown interface link state '${text}'`));

const one = <T>(name: string, key: string, text: Parameters<typeof attribute<T>>[1]): Part<T | null> =>
  mapped(
    child(name, record({ value: attribute(key, text) })),
    value => value?.value ?? null,
    value => (value === null ? null : { value }),
  );

const body = record({
  managed: attribute('managed', oneOf(['yes', 'no'])),
  mac,
  vlan,
  virtualport: virtualPort,
  bandwidth,
  portIsolated,
  ips,
  routes,
  script: one('script', 'path', string),
  target,
  guest,
  model: one('model', 'type', string),
  filterref,
  linkState: one('link', 'state', linkStates),
  mtu,
  alias: runningAlias,
  trustGuestRxFilters: attribute('trustGuestRxFilters', oneOf(['yes', 'no'])),
  foreign: foreign(interfaceForms, normalPart),
});

const order = (
  'mac source actual vlan virtualport bandwidth port ip route script downscript target guest model driver backend filterref ' +
  'tune teaming link mtu coalesce boot rom acpi alias address'
).split(' ');

function checkIsolation(kind: InterfaceDevice['type'], address: string, isolated: boolean | null, port: string | null) {
  if (isolated !== true) return;
  const refuse = (what: string) =>
    unsupported(`interface ${address} - <port isolated='yes'/> is not supported for network interfaces with ${what}`);
  if (kind !== 'network' && kind !== 'bridge') throw refuse(`type='${kind}'`);
  if (port !== null) throw refuse(`virtualport type='${port}'`);
}

/** `<interface>` */
export const networkInterface: Part<InterfaceDevice> = ordered(
  {
    read(from, mode) {
      const kind = type.read(from, mode);
      const source = readSource(from, kind, mode);
      const { mac: address, target: to, guest: inside, foreign: echoed, ...rest } = body.read(from, mode);
      if (rest.model !== null && !/^[A-Za-z0-9_-]*$/.test(rest.model))
        throw errors.invalidArg('Model name contains invalid characters', ErrorDomain.DOMAIN);
      if (rest.bandwidth?.inbound?.floor != null && kind !== 'network')
        throw errors.configUnsupported('floor attribute is not supported for this config', ErrorDomain.NONE);
      checkIsolation(kind, address.mac, rest.portIsolated, rest.virtualport?.type ?? null);
      const name = to?.dev ?? null;
      return {
        ...source,
        ...rest,
        ...address,
        managed: kind === 'hostdev' ? rest.managed : null,
        targetDev: name !== null && !mode.live && generatedName.test(name) ? null : name,
        targetManaged: to?.managed ?? null,
        guestDev: inside?.dev ?? null,
        guestActual: inside?.actual ?? null,
        foreign: echoed.flatMap(element => kept(element, kind, rest.model)),
      };
    },
    write(value, to, mode) {
      type.write(isPublic(value, mode) ? value.actual.type : value.type, to, mode);
      if (mode.status) actual.write(value.actual, to, mode);
      writeSource(value, to, mode);
      const shown =
        value.targetDev !== null && !mode.live && generatedName.test(value.targetDev) ? null : value.targetDev;
      const named = shown !== null || value.targetManaged !== null;
      const inside = value.guestDev !== null || value.guestActual !== null;
      body.write(
        {
          ...value,
          managed: isPublic(value, mode) ? value.actual.managed : value.managed,
          mac: value,
          target: named ? { dev: shown, managed: value.targetManaged } : null,
          guest: inside ? { dev: value.guestDev, actual: value.guestActual } : null,
        },
        to,
        mode,
      );
    },
  },
  order,
);

/** Drivers and vhost back ends belong to virtio's model. */
function kept(element: XmlElement, kind: InterfaceDevice['type'], model: string | null): XmlElement[] {
  const virtio = model !== null && model.startsWith('virtio');
  if (element.name === 'source') return ownSource(kind) ? [element] : [];
  if (element.name === 'driver') return virtio ? [element] : [];
  if (element.name !== 'backend' || virtio) return [element];
  const attributes = element.attributes.filter(({ name }) => name !== 'vhost');
  return attributes.length === 0 ? [] : [{ ...element, attributes }];
}
