import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { invalidValue } from '../describe/text.ts';
import { attributeOf, xmlElement, type XmlElement } from '../tree.ts';
import type { PciAddress } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';

/** The parts of an address, how many hexadecimal digits they are written with, and how large they get. */
const parts = { domain: [4, 0xffff], bus: [2, 0xff], slot: [2, 0x1f], function: [1, 7] } as const;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** As sysfs names the device: "0000:01:02.3". */
export const pciName = ({ domain, bus, slot, function: fn }: PciAddress): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;

export function parsePciName(name: string): PciAddress | null {
  const found = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(name);
  if (found === null) return null;
  const [domain = 0, bus = 0, slot = 0, fn = 0] = found.slice(1).map(text => Number.parseInt(text, 16));
  return { domain, bus, slot, function: fn };
}

/** An `<address type='pci'>` of a network's pool. */
export function readPciAddress(from: XmlElement, network: string): PciAddress {
  const type = attributeOf(from, 'type');
  if (type === null) throw xmlError(`missing address type in network ${network}`);
  if (type !== 'pci') throw unsupported(`unknown address type '${type}' in network ${network}`);
  return pciNumbers(from);
}

export const pciNumbers = (from: XmlElement): PciAddress => ({
  domain: part(from, 'domain'),
  bus: part(from, 'bus'),
  slot: part(from, 'slot'),
  function: part(from, 'function'),
});

function part(from: XmlElement, name: keyof typeof parts): number {
  const text = attributeOf(from, name);
  if (text === null) return 0;
  if (!/^(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})$/.test(text))
    throw invalidValue(text, { element: from, attribute: name }, ' Expected non-negative integer value');
  const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  const [, limit] = parts[name];
  if (value > limit)
    throw errors.xmlError(
      `Invalid PCI address ${name}='0x${hex(value, 2)}', must be <= 0x${limit.toString(16).toUpperCase()}`,
      ErrorDomain.NONE,
    );
  return value;
}

export const writePciAddress = (element: string, address: PciAddress, typed = true): XmlElement =>
  xmlElement(element, {
    type: typed ? 'pci' : null,
    domain: `0x${hex(address.domain, 4)}`,
    bus: `0x${hex(address.bus, 2)}`,
    slot: `0x${hex(address.slot, 2)}`,
    function: `0x${address.function}`,
  });
