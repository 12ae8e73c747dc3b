import { randomUUID } from 'node:crypto';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child, textChild } from '../describe/element.ts';
import { draft, inactiveMode, mapped, record, required, type Draft, type Mode, type Part } from '../describe/part.ts';
import { invalidValue, oneOf, string, yesNo, type Text } from '../describe/text.ts';
import { uuidOr } from '../describe/uuid.ts';
import { bandwidth, portIsolated, virtualPort, vlan } from '../net/link-settings.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { attributeOf, childOf, xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import { pciNumbers, writePciAddress } from './pci-address.ts';
import type { NetworkPort, PortPlug } from './port-definition.ts';
import { canonicalMac, isLinkName, isMac, line } from './texts.ts';

const portError = (text: string) => errors.xmlError(text, ErrorDomain.NETWORK);
const portFault = (text: string) => errors.internalError(text, ErrorDomain.NETWORK);

const uuidText = uuidOr(text => portFault(`Unable to parse UUID '${text}'`));

const device: Text<string> = {
  parse(text) {
    if (!isLinkName(text)) throw portError(`Invalid device name '${text}' in network port`);
    return text;
  },
  format: value => value,
};

const portMac: Text<string> = {
  parse(text) {
    if (!isMac(text)) throw portFault(`Unable to parse MAC '${text}'`);
    return canonicalMac(text);
  },
  format: value => value,
};

const owner = required(
  child(
    'owner',
    record<NetworkPort['owner']>({
      name: required(textChild('name', line), () => portFault('network port has no owner name')),
      uuid: required(textChild('uuid', uuidText), () => portFault('network port has no owner UUID')),
    }),
  ),
  () => portFault('network port has no owner name'),
);

const mac = mapped(
  child('mac', record({ address: attribute('address', portMac) })),
  value => {
    if (value?.address === null || value === null) throw portFault('network port has no mac');
    return value.address;
  },
  value => ({ address: value }),
);

const rxfilters: Part<boolean | null> = mapped(
  child('rxfilters', record({ trustGuest: attribute('trustGuest', yesNo) })),
  value => value?.trustGuest ?? null,
  value => (value === null ? null : { trustGuest: value }),
);

const macTableManager = attribute('macTableManager', oneOf(['kernel', 'libvirt']));
const directMode = requiredAttribute('mode', oneOf(['vepa', 'private', 'bridge', 'passthrough']));

const plug: Part<PortPlug | null> = {
  read(from, mode) {
    const element = childOf(from, 'plug');
    return element === null ? null : readPlug(element, mode);
  },
  write(value, to, mode) {
    if (value !== null) to.children.push(writtenPlug(value, mode));
  },
};

function readPlug(from: XmlElement, mode: Mode): PortPlug | null {
  const type = attributeOf(from, 'type');
  switch (type) {
    case null:
    case 'none':
      return null;
    case 'network':
    case 'bridge': {
      const bridge = attribute('bridge', device).read(from, mode);
      if (bridge === null) throw portError('Missing network port bridge name');
      return { type, bridge, macTableManager: macTableManager.read(from, mode) };
    }
    case 'direct': {
      const dev = attribute('dev', device).read(from, mode);
      if (dev === null) throw portError('Missing network port link device name');
      return { type, dev, mode: directMode.read(from, mode) };
    }
    case 'hostdev-pci': {
      const address = childOf(from, 'address');
      if (address === null) throw portError('Missing network port PCI address');
      const driver = childOf(from, 'driver');
      return {
        type,
        managed: attributeOf(from, 'managed') === 'yes',
        driver: driver === null ? null : attribute('name', oneOf(['kvm', 'vfio'])).read(driver, mode),
        address: pciNumbers(address),
      };
    }
    default:
      throw invalidValue(type, { element: from, attribute: 'type' });
  }
}

function writtenPlug(value: PortPlug, mode: Mode): Draft {
  const to = draft('plug');
  const put = (name: string, text: string): number => to.attributes.push({ name, value: text });
  put('type', value.type);
  if (value.type === 'direct') {
    put('dev', value.dev);
    put('mode', value.mode);
  } else if (value.type === 'hostdev-pci') {
    put('managed', value.managed ? 'yes' : 'no');
    if (value.driver !== null) {
      const driver = draft('driver');
      driver.attributes.push({ name: 'name', value: value.driver });
      to.children.push(driver);
    }
    to.children.push(writePciAddress('address', value.address, false));
  } else {
    put('bridge', value.bridge);
    macTableManager.write(value.macTableManager, to, mode);
  }
  return to;
}

/** `<bandwidth classID=…>`, of one who may have a floor. */
const portBandwidth: Part<Pick<NetworkPort, 'bandwidth' | 'classId'>> = {
  read(from, mode) {
    const element = childOf(from, 'bandwidth');
    const text = element === null ? null : attributeOf(element, 'classID');
    if (text !== null && !/^[1-9]\d{0,4}$/.test(text))
      throw errors.xmlError(`Unable to parse class id '${text}'`, ErrorDomain.NONE);
    return { bandwidth: bandwidth.read(from, mode), classId: text === null ? null : Number(text) };
  },
  write({ bandwidth: value, classId }, to, mode) {
    bandwidth.write(value, to, mode);
    const at = to.children.findIndex(node => 'name' in node && node.name === 'bandwidth');
    const element = childOf(to, 'bandwidth');
    if (element === null || classId === null) return;
    to.children[at] = { ...element, attributes: [{ name: 'classID', value: String(classId) }, ...element.attributes] };
  },
};

/** `<networkport>` */
const contents = record<
  Omit<NetworkPort, 'bandwidth' | 'classId'> & { shaped: Pick<NetworkPort, 'bandwidth' | 'classId'> }
>({
  uuid: required(textChild('uuid', uuidText), () => portFault('network port has no uuid')),
  owner,
  group: textChild('group', string),
  mac,
  virtualport: virtualPort,
  shaped: portBandwidth,
  vlan,
  isolated: portIsolated,
  trustGuestRxFilters: rxfilters,
  plug,
});

export const networkPort: Part<NetworkPort> = mapped(
  contents,
  ({ shaped, ...rest }) => ({ ...rest, ...shaped }),
  ({ bandwidth: value, classId, ...rest }) => ({ ...rest, shaped: { bandwidth: value, classId } }),
);

/** A port from its document; one that says no UUID gets one. */
export async function parseNetworkPort(xml: string, options: { validate?: boolean } = {}): Promise<NetworkPort> {
  return (await readPort(xml, options)).port;
}

async function readPort(xml: string, options: { validate?: boolean } = {}): Promise<{ port: NetworkPort } & PortNote> {
  const check = options.validate === true ? await schemaCheck('networkport') : undefined;
  const root = await readXml(xml, {
    what: 'networkport_definition',
    root: 'networkport',
    domain: ErrorDomain.NETWORK,
    ...(check === undefined ? {} : { check }),
  });
  const note = childOf(root, NOTE);
  return {
    port: networkPort.read(identified(root), inactiveMode),
    device: note === null ? null : attributeOf(note, 'device'),
    ofDomain: note !== null && attributeOf(note, 'domain') === 'yes',
  };
}

/** What only this daemon knows of a port. */
interface PortNote {
  /** The link of the host that is plugged in, if there is one. */
  readonly device: string | null;
  /** It is of an interface of one of our domains; others are of whoever made them by the API. */
  readonly ofDomain: boolean;
}

/** The element of a port's file that holds it; libvirt reads past it. */
const NOTE = 'lxvirtd';

/** libvirt's documentation says so, though it refuses them. */
const identified = (root: XmlElement): XmlElement =>
  childOf(root, 'uuid') === null
    ? { ...root, children: [...root.children, xmlElement('uuid', {}, [randomUUID()])] }
    : root;

export const formatNetworkPort = (port: NetworkPort): string => formatXml(networkPortElement(port));

/** The document as a tree, for those that put it into another. */
export function networkPortElement(port: NetworkPort): Draft {
  const element = draft('networkport');
  networkPort.write(port, element, inactiveMode);
  return element;
}

/** The text of `/run/libvirt/network/NAME/ports/UUID.xml`. */
export function formatPortFile(port: NetworkPort, { device, ofDomain }: PortNote): string {
  const element = networkPortElement(port);
  if (device !== null || ofDomain) element.children.push(xmlElement(NOTE, { device, domain: ofDomain ? 'yes' : null }));
  return formatXml(element);
}

export const parsePortFile = readPort;
