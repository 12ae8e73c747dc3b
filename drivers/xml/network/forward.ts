import { attribute } from '../describe/attribute.ts';
import { draft, type Draft, type Mode, type Part } from '../describe/part.ts';
import { parseUnsigned, yesNo } from '../describe/text.ts';
import { attributeOf, childOf, childrenOf, type XmlElement } from '../tree.ts';
import type { Forward, ForwardMode, Nat } from './definition.ts';
import { unsupported, xmlDetail, xmlError } from './errors.ts';
import { pciName, readPciAddress, writePciAddress } from './pci-address.ts';
import { checkRange } from './ranges.ts';
import { ipv4Address, linkName } from './texts.ts';

const modes: readonly ForwardMode[] = [
  'none',
  'nat',
  'route',
  'open',
  'bridge',
  'private',
  'vepa',
  'passthrough',
  'hostdev',
];

/** A network without `<forward>`. */
export const isolated: Forward = {
  mode: 'none',
  dev: null,
  managed: false,
  driver: null,
  physicalFunctions: [],
  interfaces: [],
  addresses: [],
  nat: null,
};

/** `<forward>`: where traffic leaves to, or what guests are put on. */
export const forward = (network: string): Part<Forward> => ({
  read(from, mode) {
    const element = childOf(from, 'forward');
    return element === null ? isolated : readForward(element, mode, network);
  },
  write(value, to, mode) {
    if (value.mode !== 'none') to.children.push(writtenForward(value, mode, network));
  },
});

function readForward(from: XmlElement, mode: Mode, network: string): Forward {
  const said = attributeOf(from, 'mode') ?? 'nat';
  const forwardMode = modes.find(known => known === said);
  if (forwardMode === undefined) throw unsupported(`unknown forwarding type '${said}'`);
  const dev = attribute('dev', linkName(network)).read(from, mode);
  const natElements = childrenOf(from, 'nat');
  if (natElements.length > 1) throw xmlError(`Only one <nat> element is allowed in <forward> of network ${network}`);
  if (natElements[0] !== undefined && forwardMode !== 'nat')
    throw xmlError(`The <nat> element can only be used when <forward> 'mode' is 'nat' in network ${network}`);
  const pool = readPool(from, dev, mode, network);
  if (forwardMode === 'open' && dev !== null)
    throw xmlError(`forward dev not allowed for network '${network}' with forward mode='open'`);
  return {
    mode: forwardMode,
    dev: pool.interfaces[0] ?? dev,
    managed: attributeOf(from, 'managed') === 'yes',
    driver: readDriver(from, network),
    ...pool,
    nat: natElements[0] === undefined ? null : readNat(natElements[0], mode, network),
  };
}

function readDriver(from: XmlElement, network: string): Forward['driver'] {
  const element = childOf(from, 'driver');
  const name = element === null ? null : attributeOf(element, 'name');
  if (name === null || name === 'kvm' || name === 'vfio') return name;
  throw unsupported(`Unknown forward <driver name='${name}'/> in network ${network}`);
}

/** The first that was there before. */
function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find(name => seen.size === seen.add(name).size);
}

type Pool = Pick<Forward, 'physicalFunctions' | 'interfaces' | 'addresses'>;

function readPool(from: XmlElement, dev: string | null, mode: Mode, network: string): Pool {
  const named = (name: string, missing: string): string[] =>
    childrenOf(from, name).map(element => {
      const text = attribute('dev', linkName(network)).read(element, mode);
      if (text === null) throw xmlError(missing);
      return text;
    });
  const interfaces = named(
    'interface',
    `Missing required dev attribute in <forward> <interface> element of network ${network}`,
  );
  const twice = repeated(interfaces);
  if (twice !== undefined) throw xmlError(`interface '${twice}' can only be listed once in network ${network}`);
  const addresses = childrenOf(from, 'address').map(element => readPciAddress(element, network));
  const again = repeated(addresses.map(pciName));
  if (again !== undefined) throw xmlError(`PCI device '${again}' can only be listed once in network ${network}`);
  const physicalFunctions = named('pf', `Missing required dev attribute in <pf> element of network '${network}'`);
  if (physicalFunctions.length > 1)
    throw xmlError(`Only one <pf> element is allowed in <forward> of network ${network}`);
  if (dev !== null && (addresses.length > 0 || physicalFunctions.length > 0))
    throw xmlError(
      `the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network ${network}`,
    );
  if (dev !== null && interfaces.length > 0 && interfaces[0] !== dev)
    throw xmlError(`<forward dev='${dev}'> must match first <interface dev='${interfaces[0]}'/> in network ${network}`);
  return {
    // Interfaces that are named replace those that would be found.
    physicalFunctions: interfaces.length > 0 && !mode.live ? [] : physicalFunctions,
    interfaces: interfaces.length === 0 && dev !== null ? [dev] : interfaces,
    addresses,
  };
}

/** One that says nothing is none. */
function readNat(from: XmlElement, mode: Mode, network: string): Nat | null {
  const where = `<nat> in <forward> in network`;
  const addresses = childrenOf(from, 'address');
  const ports = childrenOf(from, 'port');
  if (addresses.length > 1) throw xmlError(`Only one <address> element is allowed in ${where} ${network}`);
  if (ports.length > 1) throw xmlError(`Only one <port> element is allowed in ${where} ${network}`);
  const nat = {
    ipv6: attribute('ipv6', yesNo).read(from, mode),
    address: addresses[0] === undefined ? null : readAddressRange(addresses[0], mode, network),
    port: ports[0] === undefined ? null : readPortRange(ports[0], network),
  };
  return nat.ipv6 === null && nat.address === null && nat.port === null ? null : nat;
}

function readAddressRange(from: XmlElement, mode: Mode, network: string): Nat['address'] {
  const bound = (name: 'start' | 'end'): string => {
    const failure = (text: string): Error =>
      xmlError(`Bad ipv4 ${name} address '${text}' in <nat> in <forward> in network '${network}'`);
    const text = attribute(name, ipv4Address(failure)).read(from, mode);
    if (text === null)
      throw xmlError(`missing '${name}' attribute in <address> element in <nat> in <forward> in network ${network}`);
    return text;
  };
  const range = { start: bound('start'), end: bound('end') };
  checkRange(range.start, range.end, null);
  return range;
}

function readPortRange(from: XmlElement, network: string): Nat['port'] {
  const bound = (name: 'start' | 'end', least: bigint): number => {
    const value = parseUnsigned(attributeOf(from, name) ?? '');
    if (value === null || value > 65_535n || value < least)
      throw xmlDetail(`Missing or invalid '${name}' attribute in <port> in <nat> in <forward> in network ${network}`);
    return Number(value);
  };
  const start = bound('start', 0n);
  const end = bound('end', BigInt(start));
  return start === 0 && end === 0 ? null : { start, end };
}

function writtenForward(value: Forward, mode: Mode, network: string): Draft {
  const to = draft('forward');
  const { physicalFunctions, interfaces, addresses, driver, managed, nat } = value;
  if (interfaces[0] !== undefined && physicalFunctions.length === 0)
    attribute('dev', linkName(network)).write(interfaces[0], to, mode);
  to.attributes.push({ name: 'mode', value: value.mode });
  if (value.mode === 'hostdev') to.attributes.push({ name: 'managed', value: managed ? 'yes' : 'no' });
  if (driver !== null) push(to, 'driver', { name: driver });
  for (const dev of physicalFunctions) push(to, 'pf', { dev });
  if (nat !== null) writeNat(nat, to);
  for (const dev of interfaces) push(to, 'interface', { dev });
  for (const address of addresses) to.children.push(writePciAddress('address', address));
  return to;
}

function writeNat({ ipv6, address, port }: Nat, to: Draft): void {
  const element = push(to, 'nat', ipv6 === null ? {} : { ipv6: yesNo.format(ipv6) });
  if (address !== null) push(element, 'address', { ...address });
  if (port !== null) push(element, 'port', { start: String(port.start), end: String(port.end) });
}

function push(to: Draft, name: string, attributes: Readonly<Record<string, string>>): Draft {
  const element = draft(name);
  for (const [key, value] of Object.entries(attributes)) element.attributes.push({ name: key, value });
  to.children.push(element);
  return element;
}
