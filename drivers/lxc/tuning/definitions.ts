import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import type { Affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { saveStatus } from '../process/status.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

export type DefinitionChange = (definition: DomainDefinition) => DomainDefinition;

/** The definition that a reading call is about. */
export const readDefinition = (domain: LxcDomain, { config }: Affected): DomainDefinition =>
  config ? storedDefinition(domain) : domain.definition;

/**
 * Changes what a running domain runs with, which the kernel has been told already, also after a restart in place, and
 * what it is defined as, on disk too. What could not be stored is as before. `running`: the change of the running one alone,
 * where what the kernel was told is not just what was asked.
 */
export async function changeDefinitions(
  context: LxcContext,
  domain: LxcDomain,
  { live, config }: Affected,
  change: DefinitionChange,
  running = change,
): Promise<void> {
  if (live) {
    const process = context.processes.of(domain);
    const source = process === null ? null : change(process.source);
    domain.definition = running(domain.definition);
    if (process !== null && source !== null) process.source = source;
    await saveStatus(context, domain);
  }
  if (!config) return;
  const changed = change(storedDefinition(domain));
  await context.store.definitions.save(changed);
  if (domain.running === null) domain.definition = changed;
  else domain.nextDefinition = changed;
}
