import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { group } from '../describe/element.ts';
import type { Part } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { isElement, type XmlElement } from '../tree.ts';
import { formatVerbatim } from '../verbatim.ts';

/** `<metadata>`: elements of applications, one of a name space; those of no name space are dropped. */
export const metadata: Part<XmlElement[]> = group('metadata', {
  read(from) {
    const kept = new Map<string, XmlElement>();
    for (const node of from.children)
      if (isElement(node) && node.uri !== '' && !kept.has(node.uri)) kept.set(node.uri, declared(node));
    return [...kept.values()];
  },
  write(elements, to) {
    to.children.push(...elements.map(element => ({ kind: 'verbatim' as const, element })));
  },
});

/** An element whose name space was declared further out declares it itself, so that it stands alone. */
const declared = (element: XmlElement): XmlElement =>
  element.declarations.some(({ prefix }) => prefix === element.prefix)
    ? element
    : { ...element, declarations: [{ prefix: element.prefix, uri: element.uri }, ...element.declarations] };

const missing = (what: string): LibvirtError => errors.noDomainMetadata(what, ErrorDomain.DOMAIN);

/** What is known by a title, described, and annotated by applications: a domain, a network. */
interface Described {
  readonly title: string | null;
  readonly description: string | null;
  readonly metadata: readonly XmlElement[];
}

/**
 * The element of that name space as virDomainGetMetadata hands it out: by itself, without the name space and its prefix.
 */
export function metadataElement(
  { metadata: elements }: Pick<Described, 'metadata'>,
  uri: string,
  failure: (what: string) => LibvirtError = missing,
): string {
  const found = elements.find(element => element.uri === uri);
  if (found === undefined) throw failure('Requested metadata element is not present');
  return formatVerbatim(without(found, uri), 0);
}

const without = (element: XmlElement, uri: string): XmlElement => ({
  ...element,
  ...(element.uri === uri ? { uri: '', prefix: '' } : {}),
  declarations: element.declarations.filter(declaration => declaration.uri !== uri),
  children: element.children.map(child => (isElement(child) ? without(child, uri) : child)),
});

export function metadataTitle(definition: Described): string {
  if (definition.title === null) throw missing('Requested metadata element is not present');
  return definition.title;
}

export function metadataDescription(definition: Described): string {
  if (definition.description === null) throw missing('Requested metadata element is not present');
  return definition.description;
}

/** The definition with another title; null or nothing removes it. */
export function withTitle<T extends Described>(definition: T, title: string | null): T {
  if (title?.includes('\n') === true)
    throw errors.invalidArg("metadata title can't contain newlines", ErrorDomain.NONE);
  return { ...definition, title: title === '' ? null : title };
}

/** The definition with another description; null or nothing removes it. */
export const withDescription = <T extends Described>(definition: T, description: string | null): T => ({
  ...definition,
  description: description === '' ? null : description,
});

/**
 * The definition with `xml`'s root as its metadata of the name space `uri`: elements that have no name space are put
 * into it, under the prefix `key`. Null removes what is there.
 */
export async function withMetadataElement<T extends Pick<Described, 'metadata'>>(
  definition: T,
  uri: string,
  key: string | null,
  xml: string | null,
): Promise<T> {
  const others = definition.metadata.filter(element => element.uri !== uri);
  if (xml === null) return { ...definition, metadata: others };
  const root = await readXml(xml, { what: 'metadata_xml', domain: ErrorDomain.DOMAIN, root: null });
  const prefix = key ?? '';
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(prefix))
    throw errors.internalError('failed to validate prefix for a new XML namespace', ErrorDomain.XML);
  const taken = root.declarations.find(declaration => declaration.prefix === prefix);
  if (taken !== undefined && taken.uri !== uri)
    throw errors.internalError('failed to create a new XML namespace', ErrorDomain.XML);
  const declarations = taken === undefined ? [...root.declarations, { prefix, uri }] : root.declarations;
  return { ...definition, metadata: [...others, { ...within(root, uri, prefix), declarations }] };
}

const within = (element: XmlElement, uri: string, prefix: string): XmlElement => ({
  ...element,
  ...(element.uri === '' ? { uri, prefix } : {}),
  children: element.children.map(child => (isElement(child) ? within(child, uri, prefix) : child)),
});
