import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isLinkName } from '../../../native/network/link-message.ts';
import type { PciAddress } from '../../xml/network/definition.ts';

/** The PCI addresses of a network card's virtual functions, in the order of their numbers; none for a link that has none. */
export function virtualFunctions(device: string, sysfs = '/sys'): PciAddress[] {
  if (!isLinkName(device)) return [];
  const directory = join(sysfs, 'class/net', device, 'device');
  return names(directory)
    .filter(name => /^virtfn[0-9]+$/.test(name))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .flatMap(name => pciAddress(basename(readlinkSync(join(directory, name)))) ?? []);
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** "0000:3b:02.1" */
function pciAddress(text: string): PciAddress | null {
  const match = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(text);
  if (match === null) return null;
  const [domain = 0, bus = 0, slot = 0, fn = 0] = match.slice(1).map(part => parseInt(part, 16));
  return { domain, bus, slot, function: fn };
}
