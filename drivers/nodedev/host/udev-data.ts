import type { HostTree } from './host-tree.ts';

/** What udev's rules found out about a device. Empty where no udev runs. */
export interface UdevData {
  readonly properties: ReadonlyMap<string, string>;
  /** Symbolic links to the device's node, sorted. */
  readonly links: readonly string[];
}

const nothing: UdevData = { properties: new Map(), links: [] };

/** A device in udev's data base: by its number, a link's index, or its place in its subsystem. */
export function udevId(subsystem: string, sysname: string, uevent: ReadonlyMap<string, string>): string {
  const major = uevent.get('MAJOR');
  const index = uevent.get('IFINDEX');
  if (major !== undefined) return `${subsystem === 'block' ? 'b' : 'c'}${major}:${uevent.get('MINOR') ?? '0'}`;
  return index === undefined ? `+${subsystem}:${sysname}` : `n${index}`;
}

/** Lines "E:NAME=value" and "S:link", among others. */
export function readUdevData(tree: HostTree, id: string): UdevData {
  const text = id === '' ? null : tree.text(`/run/udev/data/${id}`);
  if (text === null) return nothing;
  const properties = new Map<string, string>();
  const links: string[] = [];
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (line.startsWith('E:') && at > 0) properties.set(line.slice(2, at), line.slice(at + 1));
    else if (line.startsWith('S:')) links.push(`/dev/${line.slice(2)}`);
  }
  return { properties, links: links.sort() };
}

/** "NAME=value" lines, as in a device's uevent file. */
export function parseProperties(text: string, separator: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(separator)) {
    const at = line.indexOf('=');
    if (at > 0) properties.set(line.slice(0, at), line.slice(at + 1));
  }
  return properties;
}
