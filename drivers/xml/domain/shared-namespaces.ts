import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { draft, type Part } from '../describe/part.ts';
import { attributeOf, childrenOf, isElement, type XmlElement } from '../tree.ts';
import type { SharedNamespace } from './definition.ts';

/** The name space of the driver's own elements. */
const LXC_URI = 'http://libvirt.org/schemas/domain/lxc/1.0';

const kinds = ['sharenet', 'shareipc', 'shareuts'] as const;
const types = ['none', 'name', 'pid', 'netns'] as const;

const driverError = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.LXC);

function readOne(element: XmlElement): SharedNamespace {
  const kind = kinds.find(known => known === element.name);
  if (kind === undefined)
    throw errors.configUnsupported(`unsupported Namespace feature: ${element.name}`, ErrorDomain.LXC);
  const given = attributeOf(element, 'type');
  const value = attributeOf(element, 'value');
  const type = types.find(known => known === given);
  if (given !== null && type === undefined) throw driverError(`Unknown LXC namespace source '${given}'`);
  if (type === undefined || value === null) throw driverError('No lxc environment type specified');
  return { kind, type, value };
}

/** `<lxc:namespace>`: whose namespaces a container shares. Its prefix is declared on the root element. */
export const sharedNamespaces: Part<SharedNamespace[]> = {
  read(from) {
    const given = childrenOf(from, 'namespace', LXC_URI)
      .flatMap(element => element.children)
      .filter(isElement)
      .map(readOne);
    return kinds
      .flatMap(kind => given.filter(one => one.kind === kind).slice(-1))
      .filter(({ type }) => type !== 'none');
  },
  write(values, to) {
    if (values.length === 0) return;
    const element = draft('namespace', LXC_URI, 'lxc');
    for (const { kind, type, value } of values) {
      const one = draft(kind, LXC_URI, 'lxc');
      one.attributes.push({ name: 'type', value: type });
      if (value !== null) one.attributes.push({ name: 'value', value });
      element.children.push(one);
    }
    to.declarations.push({ prefix: 'lxc', uri: LXC_URI });
    to.children.push(element);
  },
};
