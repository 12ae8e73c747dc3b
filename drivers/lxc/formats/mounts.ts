import { posix } from 'node:path';
import { errors } from '../../contract/error.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { filesystemTag, ramTag, type DomainDocument } from './document.ts';
import { hostMemory, kibibytes, sizeInBytes } from './sizes.ts';

/** What every container gets without asking for it. */
const provided = new Set(['proc', 'sysfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'devtmpfs']);

/** A line of fstab; white space inside a field is written as an octal escape. */
interface Entry {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

const decoded = (field: string): string =>
  field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

function readEntry(line: string): Entry {
  const [source, target, type, options] = line.split(/\s+/).map(decoded);
  if (source === undefined || target === undefined || type === undefined || options === undefined)
    throw errors.internalError(`invalid mount entry: '${line}'`);
  return { source, target, type, options: options.split(',') };
}

/** Reads fstab lines; targets may be given below `root`, as LXC allows. */
export function addMounts(document: DomainDocument, lines: readonly string[], root: string, key: string): void {
  for (const line of lines) {
    const entry = readEntry(line);
    if (provided.has(entry.type)) continue;
    const filesystem = filesystemOf(entry, insideOf(root, entry.target));
    if (filesystem === null) document.tell(`${key} = ${line}`);
    else document.add('devices', filesystem);
  }
}

/** Where in the container: a target never leaves it. */
function insideOf(root: string, target: string): string {
  const below = root !== '/' && (target === root || target.startsWith(`${root}/`)) ? target.slice(root.length) : target;
  return posix.normalize(`/${below}`);
}

function filesystemOf({ source, type, options }: Entry, target: string): XmlElement | null {
  const readonly = options.includes('ro');
  if (type === 'tmpfs') return ramTag(tmpfsSize(options), target);
  if (source.startsWith('/dev/') && !isBind(type, options)) return filesystemTag('block', source, target, readonly);
  return source.startsWith('/') && isBind(type, options) ? filesystemTag('mount', source, target, readonly) : null;
}

const isBind = (type: string, options: readonly string[]): boolean =>
  type === 'bind' || options.includes('bind') || options.includes('rbind');

/** KiB. Without a size the kernel takes half of the memory. */
function tmpfsSize(options: readonly string[]): bigint {
  const size = options.find(option => option.startsWith('size='))?.slice('size='.length);
  if (size === undefined) return hostMemory() / 2n;
  const percent = /^(\d{1,3})%$/.exec(size);
  return percent === null ? kibibytes(sizeInBytes(size)) : (hostMemory() * BigInt(percent[1] ?? 0)) / 100n;
}
