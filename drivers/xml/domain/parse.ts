import { ErrorDomain } from '../../contract/constants.ts';
import { inactiveMode } from '../describe/part.ts';
import { readXml } from '../read.ts';
import type { XmlElement } from '../tree.ts';
import { schemaCheck } from '../schema.ts';
import { completed } from './defaults.ts';
import type { DomainDefinition } from './definition.ts';
import { domain } from './description.ts';

export interface ParseDomainOptions {
  /** Check the document against the system's schema first: the VALIDATE flags of define and create. */
  readonly validate?: boolean;
  /** The document of a running domain (a status file): aliases, ttys and generated names count. */
  readonly live?: boolean;
  /** What the host confines by: a label that names no model is of this one. "none" unless given. */
  readonly securityModel?: string;
}

/**
 * A domain's definition from its document, with everything filled in that it leaves out. Throws what libvirt's LXC
 * driver throws: xmlDetail for what is no XML, xmlError, configUnsupported and so on for what it cannot mean, and
 * xmlInvalidSchema for what `validate` finds.
 */
export async function parseDomain(xml: string, options: ParseDomainOptions = {}): Promise<DomainDefinition> {
  const check = options.validate === true ? await schemaCheck('domain') : undefined;
  const root = await readXml(xml, {
    what: 'domain_definition',
    root: 'domain',
    domain: ErrorDomain.DOMAIN,
    ...(check === undefined ? {} : { check }),
  });
  return domainFrom(root, options.live ?? false, options.securityModel);
}

/** The same from an element that has been read already. */
export const domainFrom = (root: XmlElement, live: boolean, securityModel?: string): DomainDefinition =>
  completed(domain.read(root, { ...inactiveMode, live, status: live }), securityModel);
