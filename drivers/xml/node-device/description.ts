import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute, content } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { checked, draft, record, type Draft, type Mode, type Part } from '../describe/part.ts';
import { invalidValue, missingAttribute, oneOf, string } from '../describe/text.ts';
import { attributeOf, childOf, childrenOf, textOf, type XmlElement } from '../tree.ts';
import { apCard, apMatrix, apQueue, ccw, css, vdpa } from './channel.ts';
import type { Capability, CapabilityType, NodeDeviceDefinition, ParentReference } from './definition.ts';
import { drm } from './drm.ts';
import { mdev } from './mdev.ts';
import { net } from './net.ts';
import { optionalText } from './parts.ts';
import { pci } from './pci.ts';
import { internalError } from './refusals.ts';
import { scsi, scsiGeneric, scsiHost, scsiTarget } from './scsi.ts';
import { storage } from './storage.ts';
import { system } from './system.ts';
import { usbDevice, usbInterface } from './usb.ts';

/** How one kind of device is described. */
interface Row {
  read(from: XmlElement, mode: Mode): Capability;
  write(value: Capability, to: Draft, mode: Mode): void;
}

const row = <T extends Capability>(type: T['type'], part: Part<T>): Row => ({
  read: part.read.bind(part),
  write(value, to, mode) {
    if (isOf<T>(value, type)) part.write(value, to, mode);
  },
});

const isOf = <T extends Capability>(value: Capability, type: T['type']): value is T => value.type === type;

const capabilities: Readonly<Record<CapabilityType, Row>> = {
  system: row('system', system),
  pci: row('pci', pci),
  usb_device: row('usb_device', usbDevice),
  usb: row('usb', usbInterface),
  net: row('net', net),
  scsi_host: row('scsi_host', scsiHost),
  scsi_target: row('scsi_target', scsiTarget),
  scsi: row('scsi', scsi),
  storage: row('storage', storage),
  scsi_generic: row('scsi_generic', scsiGeneric),
  drm: row('drm', drm),
  mdev: row('mdev', mdev),
  ccw: row('ccw', ccw),
  css: row('css', css),
  vdpa: row('vdpa', vdpa),
  ap_card: row('ap_card', apCard),
  ap_queue: row('ap_queue', apQueue),
  ap_matrix: row('ap_matrix', apMatrix),
};

/** Types that exist inside of others only, with the numbers by which libvirt refuses them. */
const innerTypes: Readonly<Record<string, number>> = {
  fc_host: 9,
  vports: 10,
  scsi_generic: 11,
  mdev_types: 13,
  vdpa: 17,
  vpd: 21,
};

const isType = (type: string): type is CapabilityType => type in capabilities;

function readCapability(element: XmlElement, mode: Mode): Capability {
  const type = attributeOf(element, 'type');
  if (type === null) throw missingAttribute(element, 'type');
  const inner = innerTypes[type];
  if (inner !== undefined) throw internalError(`unknown capability type '${inner}'`);
  if (!isType(type)) throw invalidValue(type, { element, attribute: 'type' });
  return capabilities[type].read(element, mode);
}

function writeCapability(value: Capability, to: Draft, mode: Mode): void {
  const element = draft('capability');
  element.attributes.push({ name: 'type', value: value.type });
  capabilities[value.type].write(value, element, mode);
  to.children.push(element);
}

const capability: Part<Capability> = {
  read(from, mode) {
    const all = childrenOf(from, 'capability').map(element => readCapability(element, mode));
    const [first] = all;
    if (first === undefined) throw internalError('no device capabilities');
    return first;
  },
  write: writeCapability,
};

/** An adapter has two names: one alone is not enough to find it. */
function checkNames({ wwnn, wwpn }: ParentReference): void {
  const [given, value, missing] = wwnn === null ? ['wwpn', wwpn, 'wwnn'] : ['wwnn', wwnn, 'wwpn'];
  if ((wwnn === null) === (wwpn === null)) return;
  throw errors.xmlError(
    `when providing parent ${given}='${value}', the ${missing} must also be provided`,
    ErrorDomain.NODEDEV,
  );
}

const parentParts: Part<ParentReference> = record({
  name: content(string),
  wwnn: attribute('wwnn', string),
  wwpn: attribute('wwpn', string),
  fabricWwn: attribute('fabric_wwn', string),
});

const nodeTypes = oneOf(['dev', 'link']);

function readNodes(from: XmlElement, type: 'dev' | 'link'): string[] {
  return childrenOf(from, 'devnode')
    .filter(element => {
      const given = attributeOf(element, 'type');
      if (given === null) throw missingAttribute(element, 'type');
      return nodeTypes.parse(given, { element, attribute: 'type' }) === type;
    })
    .map(textOf);
}

function writeNode(path: string, type: 'dev' | 'link', to: Draft): void {
  const element = draft('devnode');
  element.attributes.push({ name: 'type', value: type });
  element.children.push({ kind: 'text', text: path });
  to.children.push(element);
}

const driverName: Part<string | null> = {
  read(from, mode) {
    const element = childOf(from, 'driver');
    return element === null ? null : optionalText('name').read(element, mode);
  },
  write(value, to, mode) {
    if (value === null) return;
    const element = draft('driver');
    optionalText('name').write(value, element, mode);
    to.children.push(element);
  },
};

/** `<device>`: a device of the host. */
export const nodeDevice: Part<NodeDeviceDefinition> = record<NodeDeviceDefinition>({
  name: {
    read: (from, mode) => optionalText('name').read(from, mode) ?? '',
    write: (value, to, mode) => optionalText('name').write(value, to, mode),
  },
  path: optionalText('path'),
  devnode: {
    read: from => readNodes(from, 'dev')[0] ?? null,
    write(value, to) {
      if (value !== null) writeNode(value, 'dev', to);
    },
  },
  devlinks: {
    read: from => readNodes(from, 'link'),
    write(values, to) {
      for (const value of values) writeNode(value, 'link', to);
    },
  },
  parent: child('parent', checked(parentParts, checkNames)),
  driver: driverName,
  capability,
});
