import { isIPv4 } from 'node:net';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child, children } from '../describe/element.ts';
import { checked, draft, inactiveMode, mapped, record, type Part } from '../describe/part.ts';
import { oneOf, onOff, unsigned, type Text } from '../describe/text.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import type { XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import {
  bondModes,
  interfaceTypes,
  plainInterface,
  startModes,
  type BondParts,
  type BridgeParts,
  type InterfaceDefinition,
} from './definition.ts';
import { protocol } from './protocol.ts';

const invalid = (text: string): LibvirtError => errors.xmlError(text, ErrorDomain.INTERFACE);

/**
 * A text that goes into the host's configuration: what does not match is refused, so that no name brings a line, a command or
 * an option of its own along.
 */
const token = (form: RegExp, what: string): Text<string> => ({
  parse(text) {
    if (!form.test(text)) throw invalid(`'${text}' is not ${what}`);
    return text;
  },
  format: value => value,
});

const linkName = token(/^(?!\.\.?$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, 'a name of a network interface');
const macAddress = token(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/, 'a MAC address');
const seconds = token(/^[0-9]{1,6}(\.[0-9]{1,6})?$/, 'a time in seconds');
const ipv4: Text<string> = {
  parse(text) {
    if (!isIPv4(text)) throw invalid(`'${text}' is not an IPv4 address`);
    return text;
  },
  format: value => value,
};

/** Ports have ports, as a bond in a bridge has: the reader's own bound on depth ends it. */
const ports: Part<InterfaceDefinition[]> = children('interface', {
  read: (from, mode) => anyInterface.read(from, mode),
  write: (value, to, mode) => anyInterface.write(value, to, mode),
});

const bridge = record<BridgeParts>({
  stp: attribute('stp', onOff),
  delay: attribute('delay', seconds),
  ports,
});

const miimon = record<NonNullable<BondParts['miimon']>>({
  frequency: requiredAttribute('freq', unsigned()),
  downDelay: attribute('downdelay', unsigned()),
  upDelay: attribute('updelay', unsigned()),
  carrier: attribute('carrier', oneOf(['ioctl', 'netif'])),
});

const arpmon = record<NonNullable<BondParts['arpmon']>>({
  interval: requiredAttribute('interval', unsigned()),
  target: requiredAttribute('target', ipv4),
  validate: attribute('validate', oneOf(['none', 'active', 'backup', 'all'])),
});

const bond = record<BondParts>({
  mode: attribute('mode', oneOf(bondModes)),
  miimon: child('miimon', miimon),
  arpmon: child('arpmon', arpmon),
  ports,
});

const vlan = record<NonNullable<InterfaceDefinition['vlan']>>({
  tag: requiredAttribute('tag', unsigned(4094)),
  device: mapped(
    child('interface', requiredAttribute('name', linkName)),
    (value, from) => value ?? missing('interface', from),
    value => value,
  ),
});

function missing(what: string, from: XmlElement): never {
  throw invalid(`missing element '${what}' in element '${from.name}'`);
}

const number = (name: string, attributeName: string): Part<number | null> =>
  child(name, requiredAttribute(attributeName, unsigned()));

/** The name of a vlan may be left to its device and tag. */
const described = record<Omit<InterfaceDefinition, 'name'> & { name: string | null }>({
  type: requiredAttribute('type', oneOf(interfaceTypes)),
  name: attribute('name', linkName),
  start: child('start', requiredAttribute('mode', oneOf(startModes))),
  mtu: number('mtu', 'size'),
  protocols: children('protocol', protocol),
  link: {
    // what a link is doing is for nobody to define
    read: () => null,
    write(value, to) {
      if (value === null) return;
      const element = draft('link');
      attribute('speed', unsigned()).write(value.speed, element, inactiveMode);
      if (value.state !== null) element.attributes.push({ name: 'state', value: value.state });
      to.children.push(element);
    },
  },
  mac: child('mac', requiredAttribute('address', macAddress)),
  bridge: child('bridge', bridge),
  bond: child('bond', bond),
  vlan: child('vlan', vlan),
});

const namedInterface: Part<InterfaceDefinition> = mapped(
  described,
  (value, from) => {
    const { type } = value;
    if (type !== 'ethernet' && value[type] === null) missing(type, from);
    const name = value.name ?? (value.vlan === null ? null : `${value.vlan.device}.${value.vlan.tag}`);
    if (name === null) throw errors.xmlError('interface has no name', ErrorDomain.INTERFACE);
    const kinds = { bridge: null, bond: null, vlan: null };
    const own = type === 'ethernet' ? {} : { [type]: value[type] };
    return {
      ...plainInterface(linkName.parse(name, { element: from, attribute: 'name' })),
      ...value,
      ...kinds,
      ...own,
      name,
    };
  },
  value => value,
);

const anyInterface: Part<InterfaceDefinition> = checked(namedInterface, ({ protocols, mtu, vlan }) => {
  const families = protocols.map(({ family }) => family);
  if (new Set(families).size < families.length) throw invalid('a family of protocols is described twice');
  if (mtu !== null && (mtu < 68 || mtu > 65_535)) throw invalid(`Invalid mtu size ${mtu}`);
  if (vlan?.tag === 0) throw invalid('Invalid vlan tag 0');
});

/** Throws xmlDetail, xmlError and with `validate` xmlInvalidSchema. Every name and number in it is fit for a configuration file. */
export async function parseInterface(xml: string, validate = false): Promise<InterfaceDefinition> {
  const check = validate ? await schemaCheck('interface') : undefined;
  const root = await readXml(xml, {
    what: 'interface_definition',
    root: 'interface',
    domain: ErrorDomain.INTERFACE,
    ...(check === undefined ? {} : { check }),
  });
  return anyInterface.read(root, inactiveMode);
}

export function formatInterface(definition: InterfaceDefinition): string {
  const element = draft('interface');
  anyInterface.write(definition, element, inactiveMode);
  return formatXml(element);
}
