import { ErrorDomain, SecretUsageType } from '../contract/constants.ts';
import { errors, type LibvirtError } from '../contract/error.ts';
import type { SecretDefinition, SecretUsage } from '../xml/secret/definition.ts';

const sameUsage = (a: SecretUsage, b: SecretUsage): boolean => a.type === b.type && a.id === b.id;

const refused = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.SECRET);

/** What there is in the way of a new definition: each use has one secret, and a secret keeps its use and its privacy. */
export function checkRedefinition(
  definition: SecretDefinition,
  existing: SecretDefinition | null,
  others: Iterable<SecretDefinition>,
): void {
  const { usage } = definition;
  if (existing !== null && !sameUsage(existing.usage, usage))
    throw refused(`a secret with UUID ${existing.uuid} is already defined for use with ${shown(existing.usage)}`);
  if (existing !== null && existing.private && !definition.private)
    throw refused('cannot change private flag on existing secret');
  if (existing !== null || usage.type === SecretUsageType.NONE) return;
  for (const { uuid, usage: taken } of others)
    if (sameUsage(taken, usage))
      throw refused(`a secret with UUID ${uuid} already defined for use with ${shown(usage)}`);
}

/** As libvirt prints what is not there. */
const shown = ({ type, id }: SecretUsage): string => (type === SecretUsageType.NONE ? '(null)' : id);
