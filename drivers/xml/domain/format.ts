import { draft } from '../describe/part.ts';
import type { XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import type { DomainDefinition } from './definition.ts';
import { domain } from './description.ts';

export interface FormatDomainOptions {
  /** The id of a running domain; what it is makes the document a live one, unless `inactive` is set. */
  readonly id?: number;
  /** Leave out what exists only while the domain runs. */
  readonly inactive?: boolean;
  /** Show secrets. */
  readonly secure?: boolean;
  /** For another host: what a network resolved to here is left out. */
  readonly migratable?: boolean;
}

/** A domain's document, laid out as libvirt lays it out. */
export const formatDomain = (definition: DomainDefinition, options: FormatDomainOptions = {}): string =>
  formatXml(domainElement(definition, options));

/** The document as a tree, for those that put it into another. */
export function domainElement(
  definition: DomainDefinition,
  options: FormatDomainOptions & { readonly status?: boolean },
): XmlElement {
  const live = options.id !== undefined && options.inactive !== true;
  const element = draft('domain');
  const { secure = false, migratable = false, status = false } = options;
  domain.write(definition, element, { live, secure, status, migratable });
  if (live) element.attributes.splice(1, 0, { name: 'id', value: String(options.id) });
  return element;
}
