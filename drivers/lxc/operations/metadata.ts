import {
  DomainMetadataType as Metadata,
  DomainModificationImpact as Impact,
  ErrorDomain,
} from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainQueries } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import { domainRef } from '../list/domain-list.ts';
import { saveStatus } from '../process/status.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { metadataDescription, metadataElement, metadataTitle, withMetadataElement } from '../../xml/domain/metadata.ts';
import { affected, checkOneImpact, plainInvalidArg } from './affect.ts';
import { storedDefinition } from './claim.ts';

interface Change {
  readonly type: number;
  readonly metadata: string | null;
  readonly key: string | null;
  readonly uri: string | null;
}

/** Titles, descriptions and what applications keep in a domain's definition. */
export function metadata(context: LxcContext): Pick<DomainQueries, 'domainGetMetadata' | 'domainSetMetadata'> {
  const { domains, events, jobs, store } = context;
  return {
    domainGetMetadata(ref, type, uri, flags) {
      if (type === Metadata.ELEMENT) required(uri, 'uri in virDomainGetMetadata');
      checkOneImpact(flags);
      const domain = domains.find(ref);
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'virDomainObjGetMetadata', ErrorDomain.DOMAIN);
      if (!isKnown(type)) throw unknownType(type);
      const { config } = affected(domain, flags);
      return read(config ? storedDefinition(domain) : domain.definition, type, uri ?? '');
    },

    async domainSetMetadata(ref, type, metadata, key, uri, flags) {
      checkArguments({ type, metadata, key, uri });
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetMetadata');
      await jobs.change(ref, async domain => {
        const { live, config } = affected(domain, flags);
        if (!isKnown(type)) throw unknownType(type);
        const change = { type, metadata, key, uri };
        if (live) {
          domain.definition = await changed(domain.definition, change);
          await saveStatus(context, domain);
        }
        if (config) {
          const next = await changed(storedDefinition(domain), change);
          await store.definitions.save(next);
          if (domain.running === null) domain.definition = next;
          else domain.nextDefinition = next;
        }
        events.emit({ kind: 'metadataChange', domain: domainRef(domain), type, nsuri: uri });
      });
    },
  };
}

const isKnown = (type: number): boolean => type >= Metadata.DESCRIPTION && type <= Metadata.ELEMENT;

function unknownType(type: number): LibvirtError {
  return errors.invalidArg(`unknown metadata type '${type}'`, ErrorDomain.DOMAIN);
}

function required(value: string | null, what: string): void {
  if (value === null) throw plainInvalidArg(`${what} must not be NULL`);
}

/** What libvirt's public function checks before the driver is called. */
function checkArguments({ type, metadata, key, uri }: Change): void {
  if (type === Metadata.TITLE && metadata?.includes('\n') === true)
    throw plainInvalidArg("metadata title can't contain newlines");
  if (type !== Metadata.ELEMENT) return;
  required(uri, 'uri in virDomainSetMetadata');
  if (metadata !== null) required(key, 'key in virDomainSetMetadata');
}

function read(definition: DomainDefinition, type: number, uri: string): string {
  if (type === Metadata.ELEMENT) return metadataElement(definition, uri);
  return type === Metadata.TITLE ? metadataTitle(definition) : metadataDescription(definition);
}

/** An empty title or description is none. */
async function changed(definition: DomainDefinition, { type, metadata, key, uri }: Change): Promise<DomainDefinition> {
  const text = metadata === '' ? null : metadata;
  if (type === Metadata.TITLE) return { ...definition, title: text };
  if (type === Metadata.DESCRIPTION) return { ...definition, description: text };
  return await withMetadataElement(definition, uri ?? '', key, metadata);
}
