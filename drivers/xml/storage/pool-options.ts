import { draft, type Part } from '../describe/part.ts';
import { attributeOf, childOf, childrenOf, type XmlElement } from '../tree.ts';
import { xmlError } from './errors.ts';
import type { PoolOptions, PoolType } from './pool-definition.ts';

interface Space {
  readonly prefix: PoolOptions['space'];
  readonly uri: string;
  readonly element: string;
  readonly what: string;
  readonly hasValues: boolean;
}

const base = 'http://libvirt.org/schemas/storagepool';
const fileSystem: Space = {
  prefix: 'fs',
  uri: `${base}/fs/1.0`,
  element: 'mount_opts',
  what: 'fs mount option',
  hasValues: false,
};
const ceph: Space = {
  prefix: 'rbd',
  uri: `${base}/rbd/1.0`,
  element: 'config_opts',
  what: 'rbd option',
  hasValues: true,
};

/** The types whose documents have a name space of their own. */
const spaces: Partial<Record<PoolType, Space>> = { fs: fileSystem, netfs: fileSystem, rbd: ceph };

function readOption(element: XmlElement, { what, hasValues }: Space): PoolOptions['values'][number] {
  const name = attributeOf(element, 'name');
  if (name === null) throw xmlError(`no ${what} name specified`);
  if (name === '') throw xmlError(`empty ${what} name specified`);
  const value = hasValues ? attributeOf(element, 'value') : null;
  if (hasValues && value === null) throw xmlError(`no ${what} value specified for name '${name}'`);
  return { name, value };
}

/** `<fs:mount_opts>` and `<rbd:config_opts>`; without options there is none. */
export const options = (type: PoolType): Part<PoolOptions | null> => ({
  read(from) {
    const space = spaces[type];
    const element = space === undefined ? null : childOf(from, space.element, space.uri);
    if (space === undefined || element === null) return null;
    const values = childrenOf(element, 'option', space.uri).map(option => readOption(option, space));
    return values.length === 0 ? null : { space: space.prefix, values };
  },
  write(value, to) {
    const space = spaces[type];
    if (value === null || space === undefined) return;
    const element = draft(space.element, space.uri, space.prefix);
    for (const { name, value: text } of value.values) {
      const option = draft('option', space.uri, space.prefix);
      option.attributes.push({ name: 'name', value: name });
      if (text !== null) option.attributes.push({ name: 'value', value: text });
      element.children.push(option);
    }
    to.declarations.push({ prefix: space.prefix, uri: space.uri });
    to.children.push(element);
  },
});
