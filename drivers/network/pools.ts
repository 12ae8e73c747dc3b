import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Forward, NetworkDefinition } from '../xml/network/definition.ts';
import { unsupported } from '../xml/network/errors.ts';
import { parsePciName, pciName } from '../xml/network/pci-address.ts';

/**
 * A definition with the pools of its `<pf>` filled: with its virtual functions' PCI addresses (hostdev) or their links. Throws
 * configUnsupported for a device that is no virtual function, and for a card that has none.
 */
export function withPools(definition: NetworkDefinition, sysfs = '/sys'): NetworkDefinition {
  const { forward, name } = definition;
  for (const address of forward.addresses) {
    const device = join(sysfs, 'bus/pci/devices', pciName(address));
    if (linkTarget(join(device, 'physfn')) === null)
      throw unsupported(`device '${device}' in network '${name}' is not an SR-IOV Virtual Function`);
  }
  const [card] = forward.physicalFunctions;
  if (card === undefined || forward.interfaces.length + forward.addresses.length > 0) return definition;
  return { ...definition, forward: filled(forward, card, name, sysfs) };
}

function filled(forward: Forward, card: string, network: string, sysfs: string): Forward {
  const directory = join(sysfs, 'class/net', card, 'device');
  const functions = names(directory)
    .filter(file => /^virtfn\d+$/.test(file))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .map(file => join(directory, file));
  if (functions.length === 0) throw unsupported(`No Vf's present on SRIOV PF ${card} of network '${network}'`);
  if (forward.mode !== 'hostdev')
    return { ...forward, interfaces: functions.flatMap(path => names(join(path, 'net')).slice(0, 1)) };
  return { ...forward, addresses: functions.flatMap(path => parsePciName(basename(linkTarget(path) ?? '')) ?? []) };
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
