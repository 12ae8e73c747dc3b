import { errors } from '../../contract/error.ts';
import { xmlElement, type XmlElement, type XmlNode } from '../../xml/tree.ts';
import type { Translation } from './format.ts';

type Attributes = Readonly<Record<string, string | number | null>>;

const element = (name: string, attributes: Attributes, children: readonly (XmlNode | string)[]): XmlElement =>
  xmlElement(
    name,
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, value === null ? null : String(value)])),
    children,
  );

/** An element with attributes and children; null children are left out. */
export const tag = (
  name: string,
  attributes: Attributes = {},
  ...children: readonly (XmlNode | string | null)[]
): XmlElement =>
  element(
    name,
    attributes,
    children.filter(child => child !== null),
  );

/** An element with a text, or none for a text that is missing. */
export const textTag = (name: string, text: string | number | bigint | null): XmlElement | null =>
  text === null ? null : tag(name, {}, String(text));

/** An element that says one thing, by an attribute, or none where it is not known. */
export const valueTag = (name: string, attribute: string, value: string | null): XmlElement | null =>
  value === null ? null : tag(name, { [attribute]: value });

/** Where an element belongs: directly below the domain, or inside of one of its groups. */
type Group =
  'domain' | 'memtune' | 'cputune' | 'blkiotune' | 'os' | 'idmap' | 'features' | 'devices' | 'metadata' | 'resource';

/** More than any container has, and as much as is told of a configuration: what is read costs time. */
const ELEMENTS_MAX = 4096;
const UNMATCHED_MAX = 1000;

/** A domain's document under construction: what a configuration says comes in any order and lands at its place. */
export class DomainDocument {
  readonly unmatched: string[] = [];
  readonly #groups = new Map<Group, XmlNode[]>();
  #count = 0;

  /** Throws internalError when it becomes too much. */
  add(group: Group, ...elements: readonly (XmlElement | null)[]): void {
    this.#count += elements.length;
    if (this.#count > ELEMENTS_MAX)
      throw errors.internalError('the configuration has too many lines for one container');
    const members = this.#groups.get(group) ?? [];
    members.push(...elements.filter(child => child !== null));
    this.#groups.set(group, members);
  }

  /** Notes what has no equivalent. */
  tell(what: string): void {
    if (this.unmatched.length < UNMATCHED_MAX) this.unmatched.push(what);
    else if (this.unmatched.length === UNMATCHED_MAX) this.unmatched.push('and more');
  }

  translation(): Translation {
    const children = [...this.#groups].flatMap(([group, members]) =>
      group === 'domain' ? members : [tag(group, {}, ...members)],
    );
    return { document: tag('domain', { type: 'lxc' }, ...children), unmatched: this.unmatched };
  }
}

/** The root file system: a directory of the host, a block device, or an image. */
export const rootTag = (type: 'mount' | 'block' | 'file', source: string, readonly = false): XmlElement =>
  filesystemTag(type, source, '/', readonly);

const sourceAttribute = { mount: 'dir', bind: 'dir', block: 'dev', file: 'file' } as const;

export const filesystemTag = (
  type: keyof typeof sourceAttribute,
  source: string,
  target: string,
  readonly = false,
): XmlElement =>
  tag(
    'filesystem',
    { type, accessmode: 'passthrough' },
    tag('source', { [sourceAttribute[type]]: source }),
    tag('target', { dir: target }),
    readonly ? tag('readonly') : null,
  );

/** `size` in KiB. */
export const ramTag = (size: bigint, target: string): XmlElement =>
  tag(
    'filesystem',
    { type: 'ram', accessmode: 'passthrough' },
    tag('source', { usage: String(size), units: 'KiB' }),
    tag('target', { dir: target }),
  );

export const consoleTag = (port: number): XmlElement =>
  tag('console', { type: 'pty' }, tag('target', { type: 'lxc', port }));

/** A network interface or a device node of the host, given to the container. */
export const hostDeviceTag = (
  type: 'net' | 'storage' | 'misc',
  path: string,
  ...more: readonly XmlElement[]
): XmlElement => {
  const inside = { net: 'interface', storage: 'block', misc: 'char' }[type];
  return tag('hostdev', { mode: 'capabilities', type }, tag('source', {}, tag(inside, {}, path)), ...more);
};
