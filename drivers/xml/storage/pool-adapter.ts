import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { checked, draft, inactiveMode, record, type Draft, type Part } from '../describe/part.ts';
import { anyBase, oneOf, parseUnsigned, string, yesNo, type Text } from '../describe/text.ts';
import { attributeOf, childOf, type XmlElement } from '../tree.ts';
import { xmlError } from './errors.ts';
import type { PciAddress, PoolAdapter } from './pool-definition.ts';

type FibreChannel = Extract<PoolAdapter, { type: 'fc_host' }>;
type ScsiHost = Extract<PoolAdapter, { type: 'scsi_host' }>;

const hexadecimal = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

const pciAddress: Part<PciAddress> = {
  read(from) {
    const field = (name: string, max: number): number =>
      attribute(name, anyBase(max, null)).read(from, inactiveMode) ?? 0;
    return {
      domain: field('domain', 0xffff),
      bus: field('bus', 0xff),
      slot: field('slot', 0x1f),
      function: field('function', 7),
    };
  },
  write({ domain, bus, slot, function: number }, to) {
    to.attributes.push(
      { name: 'domain', value: hexadecimal(domain, 4) },
      { name: 'bus', value: hexadecimal(bus, 2) },
      { name: 'slot', value: hexadecimal(slot, 2) },
      { name: 'function', value: hexadecimal(number, 1) },
    );
  },
};

const worldWideName: Text<string> = {
  parse(text) {
    if (!/^[0-9a-fA-F]{16}$/.test(text)) throw errors.internalError(`Malformed wwn: ${text}`, ErrorDomain.NONE);
    return text;
  },
  format: value => value,
};

const fibreChannel: Part<FibreChannel> = {
  read(from, mode) {
    const { wwnn, wwpn, ...rest } = names.read(from, mode);
    if (wwnn === null || wwpn === null) throw xmlError("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
    return { type: 'fc_host', ...rest, wwnn, wwpn };
  },
  write: (value, to, mode) => names.write(value, to, mode),
};

const names = checked(
  record({
    parent: attribute('parent', string),
    managed: attribute('managed', yesNo),
    parentWwnn: attribute('parent_wwnn', worldWideName),
    parentWwpn: attribute('parent_wwpn', worldWideName),
    parentFabricWwn: attribute('parent_fabric_wwn', worldWideName),
    wwnn: attribute('wwnn', worldWideName),
    wwpn: attribute('wwpn', worldWideName),
  }),
  ({ parentWwnn, parentWwpn }) => {
    if (parentWwnn !== null && parentWwpn === null)
      throw xmlError(`when providing parent_wwnn='${parentWwnn}', the parent_wwpn must also be provided`);
    if (parentWwpn !== null && parentWwnn === null)
      throw xmlError(`when providing parent_wwpn='${parentWwpn}', the parent_wwnn must also be provided`);
  },
);

const address = child('address', pciAddress);

function readScsiHost(from: XmlElement): ScsiHost {
  const place = childOf(from, 'parentaddr');
  if (place === null) {
    const name = attributeOf(from, 'name');
    if (name === null) throw xmlError("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
    return { type: 'scsi_host', name };
  }
  const parent = address.read(place, inactiveMode);
  if (parent === null) throw xmlError('Missing scsi_host PCI address element');
  const uniqueId = parseUnsigned(attributeOf(place, 'unique_id') ?? '');
  if (uniqueId === null || uniqueId > 0xffff_ffffn) throw xmlError("Missing or invalid scsi adapter 'unique_id' value");
  return { type: 'scsi_host', parent, uniqueId: Number(uniqueId) };
}

function writeScsiHost(value: ScsiHost, to: Draft): void {
  if ('name' in value) {
    to.attributes.push({ name: 'name', value: value.name });
    return;
  }
  const place = draft('parentaddr');
  place.attributes.push({ name: 'unique_id', value: String(value.uniqueId) });
  address.write(value.parent, place, inactiveMode);
  to.children.push(place);
}

/** `<adapter>`: one that names neither its type nor itself is none. */
export const adapter: Part<PoolAdapter | null> = {
  read(from, mode) {
    const element = childOf(from, 'adapter');
    if (element === null) return null;
    const type = attribute('type', oneOf(['scsi_host', 'fc_host'])).read(element, mode);
    if (type === null && attributeOf(element, 'name') === null) return null;
    return type === 'fc_host' ? fibreChannel.read(element, mode) : readScsiHost(element);
  },
  write(value, to, mode) {
    if (value === null) return;
    const element = draft('adapter');
    element.attributes.push({ name: 'type', value: value.type });
    if (value.type === 'fc_host') fibreChannel.write(value, element, mode);
    else writeScsiHost(value, element);
    to.children.push(element);
  },
};
