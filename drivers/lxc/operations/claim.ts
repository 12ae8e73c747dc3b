import { DomainShutoffReason, DomainState, ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { LxcDomain } from '../domain.ts';
import type { DomainList } from '../list/domain-list.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

/**
 * The domain that a document is about, if there is one: name and UUID must both be its own. Throws operationFailed when
 * either is taken by another.
 */
export function claimed(domains: DomainList, { name, uuid }: DomainDefinition): LxcDomain | undefined {
  const known = domains.byUuid(uuid);
  if (known !== undefined) {
    if (known.name === name) return known;
    throw errors.operationFailed(`domain '${known.name}' is already defined with uuid ${uuid}`, ErrorDomain.DOMAIN);
  }
  const other = domains.byName(name);
  if (other === undefined) return undefined;
  throw errors.operationFailed(`domain '${name}' already exists with uuid ${other.uuid}`, ErrorDomain.DOMAIN);
}

/** A domain that does not run. */
export function newDomain(definition: DomainDefinition, persistent: boolean): LxcDomain {
  return {
    uuid: definition.uuid,
    name: definition.name,
    definition,
    nextDefinition: null,
    persistent,
    autostart: false,
    updated: false,
    state: DomainState.SHUTOFF,
    reason: DomainShutoffReason.UNKNOWN,
    running: null,
  };
}

/** What a domain will run with the next time. */
export function storedDefinition(domain: LxcDomain): DomainDefinition {
  return domain.nextDefinition ?? domain.definition;
}
