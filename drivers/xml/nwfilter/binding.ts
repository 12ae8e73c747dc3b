import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { commentable } from '../comment.ts';
import { draft, inactiveMode, type Draft } from '../describe/part.ts';
import { uuidOr } from '../describe/uuid.ts';
import { filterref } from '../net/link-settings.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { attributeOf, childOf, textOf, xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import type { BindingDefinition } from './definition.ts';
import * as kinds from './value-kinds.ts';

const ROOT = 'filterbinding';
/** Around the document in the daemon's own file. */
const STATUS_ROOT = 'filterbindingstatus';

const refused = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.NWFILTER);

/** A binding from its document. Throws internalError for what is missing, and with `validate` xmlInvalidSchema. */
export async function parseBinding(xml: string, validate = false): Promise<BindingDefinition> {
  const check = validate ? await schemaCheck('nwfilterbinding') : undefined;
  const root = await readXml(xml, {
    what: 'nwfilterbinding_definition',
    root: ROOT,
    domain: ErrorDomain.NWFILTER,
    ...(check === undefined ? {} : { check }),
  });
  return readBinding(root);
}

function readBinding(root: XmlElement): BindingDefinition {
  const portDev = named(root, 'portdev');
  if (portDev === null) throw refused('filter binding has no port dev name');
  const linkDev = named(root, 'linkdev');
  const mac = readMac(root);
  const owner = readOwner(root);
  const reference = filterref.read(root, inactiveMode);
  if (reference === null) throw refused('filter binding has no filter reference');
  return { ...owner, portDev, linkDev, mac, filterref: reference };
}

const named = (root: XmlElement, element: string, attribute = 'name'): string | null => {
  const found = childOf(root, element);
  return found === null ? null : attributeOf(found, attribute);
};

function readMac(root: XmlElement): string {
  const text = named(root, 'mac', 'address');
  if (text === null) throw refused('filter binding has no MAC address');
  const mac = kinds.mac(text);
  if (mac === null) throw refused(`Unable to parse MAC '${text}'`);
  return mac;
}

function readOwner(root: XmlElement): Pick<BindingDefinition, 'ownerName' | 'ownerUuid'> {
  const owner = childOf(root, 'owner') ?? draft('owner');
  const [name, uuid] = ['name', 'uuid'].map(part => childOf(owner, part));
  if (name == null || textOf(name) === '') throw refused('filter binding has no owner name');
  if (uuid == null || textOf(uuid) === '') throw refused('filter binding has no owner UUID');
  const text = textOf(uuid);
  const ownerUuid = uuidOr(() => refused(`Unable to parse UUID '${text}'`)).parse(text, {
    element: uuid,
    attribute: null,
  });
  return { ownerName: textOf(name), ownerUuid };
}

/** The document, laid out as libvirt lays it out. */
export const formatBinding = (binding: BindingDefinition): string => formatXml(bindingElement(binding));

function bindingElement({
  ownerName,
  ownerUuid,
  portDev,
  linkDev,
  mac,
  filterref: reference,
}: BindingDefinition): Draft {
  const element = draft(ROOT);
  element.children.push(
    xmlElement('owner', {}, [xmlElement('name', {}, [ownerName]), xmlElement('uuid', {}, [ownerUuid])]),
    xmlElement('portdev', { name: portDev }),
    ...(linkDev === null ? [] : [xmlElement('linkdev', { name: linkDev })]),
    xmlElement('mac', { address: mac }),
  );
  const { filter, parameters } = reference;
  filterref.write({ filter, parameters: [...parameters] }, element, inactiveMode);
  return element;
}

/** The text of `/run/libvirt/nwfilter-binding/DEV.xml`. */
export const formatBindingStatus = (binding: BindingDefinition): string =>
  `<!--
This file is written by the daemon that filters the interface ${commentable(binding.portDev)}, and is gone with it.
-->

${formatXml({ ...draft(STATUS_ROOT), children: [bindingElement(binding)] })}`;

/** Reads such a file, of this daemon or of libvirt's. */
export async function parseBindingStatus(xml: string): Promise<BindingDefinition> {
  const root = await readXml(xml, { what: 'nwfilterbinding_status', root: STATUS_ROOT, domain: ErrorDomain.NWFILTER });
  const binding = childOf(root, ROOT);
  if (binding === null) throw refused('the file holds no binding');
  return readBinding(binding);
}
