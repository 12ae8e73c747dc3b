import { attribute, attributes, requiredAttribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { draft, ordered, record, type Draft, type Mode, type Part } from '../describe/part.ts';
import { anyBase, string } from '../describe/text.ts';
import { ips, routes } from '../net/addresses.ts';
import { attributeOf, childOf, textOf, type XmlElement } from '../tree.ts';
import type { HostDevice, UsbSource } from './definition.ts';
import { normalAddress, normalPart, runningAlias } from './device-parts.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { hostdevForms, hostdevSourceForms } from './forms.ts';

/** The element that names a capability's device, and what its absence is called. */
const capabilityTypes = {
  storage: { element: 'block', what: 'storage' },
  misc: { element: 'char', what: 'character' },
  net: { element: 'interface', what: 'net' },
} as const;

const subsystemTypes = ['usb', 'pci', 'scsi', 'scsi_host', 'mdev'];

const isCapability = (type: string): type is keyof typeof capabilityTypes => type in capabilityTypes;

const rest = record({ alias: runningAlias, foreign: foreign(hostdevForms, normalPart) });

const capabilityParts = record({ ips, routes });

const usbId = child('vendor', record({ id: requiredAttribute('id', anyBase(0xffff, 4, false)) }));
const usbProduct = child('product', record({ id: requiredAttribute('id', anyBase(0xffff, 4, false)) }));
const usbAddress = child(
  'address',
  record({
    bus: requiredAttribute('bus', anyBase(0xffff_ffff, null)),
    device: requiredAttribute('device', anyBase(0xffff_ffff, null)),
  }),
);

const usbSource = record({
  startupPolicy: attribute('startupPolicy', string),
  vendor: usbId,
  product: usbProduct,
  address: usbAddress,
});

function readUsb(from: XmlElement, mode: Mode): UsbSource {
  const { startupPolicy, vendor, product, address } = usbSource.read(from, mode);
  if (vendor !== null && product === null) throw internalError('missing product');
  if (vendor === null && product !== null) throw internalError('missing vendor');
  return {
    startupPolicy,
    vendor: vendor?.id ?? null,
    product: product?.id ?? null,
    bus: address?.bus ?? null,
    device: address?.device ?? null,
  };
}

function writeUsb({ startupPolicy, vendor, product, bus, device }: UsbSource, to: Draft, mode: Mode): void {
  const element = draft('source');
  usbSource.write(
    {
      startupPolicy,
      vendor: vendor === null ? null : { id: vendor },
      product: product === null ? null : { id: product },
      address: bus === null || device === null ? null : { bus, device },
    },
    element,
    mode,
  );
  to.children.push(element);
}

function readCapability(from: XmlElement, source: XmlElement, type: string, mode: Mode): HostDevice {
  if (!isCapability(type)) throw unsupported(`unknown host device source address type '${type}'`);
  const { element, what } = capabilityTypes[type];
  const named = childOf(source, element);
  const path = named === null ? '' : textOf(named);
  if (path === '') throw xmlError(`Missing <${element}> element in hostdev ${what} device`);
  return { mode: 'capabilities', type, path, ...capabilityParts.read(from, mode), ...rest.read(from, mode) };
}

const echoedSource = foreign(hostdevSourceForms, source => ({
  ...source,
  children: source.children.map(node => ('name' in node && node.name === 'address' ? pciSource(node) : node)),
}));

/** A PCI device's source address has no type. */
const pciSource = (address: XmlElement): XmlElement =>
  attributeOf(address, 'slot') === null ? address : normalAddress(address, true);

const kinds = attributes(['sgio', 'rawio', 'model', 'display', 'ramfb']);

function readSubsystem(from: XmlElement, source: XmlElement, type: string, mode: Mode): HostDevice {
  if (!subsystemTypes.includes(type)) throw unsupported(`unknown host device source address type '${type}'`);
  const common = rest.read(from, mode);
  return {
    mode: 'subsystem',
    type,
    managed: attributeOf(from, 'managed') === 'yes',
    usb: type === 'usb' ? readUsb(source, mode) : null,
    alias: common.alias,
    foreign: [...(type === 'usb' ? [] : echoedSource.read(from, mode)), ...common.foreign],
    attributes: kinds.read(from, mode),
  };
}

function writeCapability(value: HostDevice & { mode: 'capabilities' }, to: Draft, mode: Mode): void {
  const source = draft('source');
  const named = draft(capabilityTypes[value.type].element);
  named.children.push({ kind: 'text', text: value.path });
  source.children.push(named);
  to.children.push(source);
  capabilityParts.write(value, to, mode);
}

const order = 'source teaming readonly shareable ip route boot rom acpi alias address'.split(' ');

/** `<hostdev>` */
export const hostDevice: Part<HostDevice> = ordered(
  {
    read(from, mode) {
      const given = attributeOf(from, 'mode') ?? 'subsystem';
      if (given !== 'subsystem' && given !== 'capabilities') throw unsupported(`unknown hostdev mode '${given}'`);
      const type = attributeOf(from, 'type');
      if (type === null) throw xmlError('missing source address type');
      const source = childOf(from, 'source');
      if (source === null) throw xmlError('Missing <source> element in hostdev device');
      return given === 'capabilities'
        ? readCapability(from, source, type, mode)
        : readSubsystem(from, source, type, mode);
    },
    write(value, to, mode) {
      to.attributes.push({ name: 'mode', value: value.mode }, { name: 'type', value: value.type });
      if (value.mode === 'capabilities') writeCapability(value, to, mode);
      else {
        to.attributes.push({ name: 'managed', value: value.managed ? 'yes' : 'no' });
        kinds.write(value.attributes, to, mode);
        if (value.usb !== null) writeUsb(value.usb, to, mode);
      }
      rest.write(value, to, mode);
    },
  },
  order,
);
