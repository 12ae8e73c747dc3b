import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError, errors } from '../../contract/error.ts';
import { group } from '../describe/element.ts';
import type { Part } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { isElement, type XmlElement } from '../tree.ts';
import { formatVerbatim } from '../verbatim.ts';
import type { DomainDefinition } from './definition.ts';

/** `<metadata>`: elements of applications, one of a name space; those of no name space are dropped. */
export const metadata: Part<XmlElement[]> = group('metadata', {
  read(from) {
    const kept: XmlElement[] = [];
    for (const node of from.children)
      if (isElement(node) && node.uri !== '' && !kept.some(({ uri }) => uri === node.uri)) kept.push(declared(node));
    return kept;
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

/** The markup of the element of that name space, as virDomainGetMetadata hands it out. */
export function metadataElement(definition: DomainDefinition, uri: string): string {
  const found = definition.metadata.find(element => element.uri === uri);
  if (found === undefined) throw missing('Requested metadata element is not present');
  return formatVerbatim(found, 0);
}

export function metadataTitle(definition: DomainDefinition): string {
  if (definition.title === null) throw missing('Requested metadata title is not present');
  return definition.title;
}

export function metadataDescription(definition: DomainDefinition): string {
  if (definition.description === null) throw missing('Requested metadata description is not present');
  return definition.description;
}

/**
 * The definition with another element of the name space `uri`: the root of `xml`, put into it under the prefix `key`.
 * Null removes it.
 */
export async function withMetadataElement(
  definition: DomainDefinition,
  uri: string,
  key: string | null,
  xml: string | null,
): Promise<DomainDefinition> {
  const others = definition.metadata.filter(element => element.uri !== uri);
  if (xml === null) return { ...definition, metadata: others };
  const root = await readXml(xml, { what: 'metadata_xml', domain: ErrorDomain.DOMAIN });
  const prefix = key ?? '';
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(prefix))
    throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, 'invalid argument: the key is no XML prefix');
  return {
    ...definition,
    metadata: [...others, { ...root, uri, prefix, declarations: [{ prefix, uri }, ...root.declarations] }],
  };
}
