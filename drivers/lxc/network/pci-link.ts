import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import { attributeOf, childOf } from '../../xml/tree.ts';

/** A network device of the host's hardware, by its place on the PCI bus. */
export interface PciLink {
  /** "0000:01:00.1" */
  readonly address: string;
  /** The link's name on the host. */
  readonly name: string;
  /** Of a virtual function: the link of the physical one, and its number there. */
  readonly physical: { readonly name: string; readonly index: number } | null;
}

/** The address in `<source>` of an interface of type hostdev. Throws configUnsupported where there is none. */
export function pciAddressOf({ foreign }: Pick<InterfaceDevice, 'foreign'>): string {
  const source = foreign.find(({ name }) => name === 'source');
  const address = source === undefined ? null : childOf(source, 'address');
  const part = (name: string, digits: number): string | null => {
    const text = (address === null ? null : attributeOf(address, name)) ?? (name === 'slot' ? null : '0');
    if (text === null || !/^(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,5})$/.test(text)) return null;
    return Number(text).toString(16).padStart(digits, '0');
  };
  const parts = [part('domain', 4), part('bus', 2), part('slot', 2), part('function', 1)];
  if (parts.includes(null))
    throw errors.configUnsupported("an interface of type 'hostdev' needs the PCI address of a device of the host");
  const [domain, bus, slot, func] = parts;
  return `${domain}:${bus}:${slot}.${func}`;
}

/** Throws configUnsupported when there is no such device, or it has no link in the host's network. */
export function pciLink(address: string, sys = '/sys'): PciLink {
  const path = join(sys, 'bus/pci/devices', address);
  if (namesIn(path).length === 0) throw errors.configUnsupported(`the host has no PCI device ${address}`);
  const name = linkOf(path);
  if (name === null)
    throw errors.configUnsupported(`PCI device ${address} has no network interface that could be given to a container`);
  return { address, name, physical: physicalOf(path, address) };
}

/** Drivers have it below the device, or below a device that they make there (virtio). */
export function linkOf(path: string): string | null {
  const [own] = namesIn(join(path, 'net'));
  if (own !== undefined) return own;
  for (const child of namesIn(path).filter(name => name.startsWith('virtio'))) {
    const [name] = namesIn(join(path, child, 'net'));
    if (name !== undefined) return name;
  }
  return null;
}

function physicalOf(path: string, address: string): PciLink['physical'] {
  const physical = join(path, 'physfn');
  const name = linkOf(physical);
  const own = namesIn(physical).find(entry => /^virtfn\d+$/.test(entry) && linkName(join(physical, entry)) === address);
  return name === null || own === undefined ? null : { name, index: Number(own.slice('virtfn'.length)) };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkName(path: string): string | null {
  try {
    return basename(readlinkSync(path));
  } catch {
    return null;
  }
}
