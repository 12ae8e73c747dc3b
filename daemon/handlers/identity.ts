import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';

/** What libvirt knows of a client, by the names and types of its public API. */
const identityTypes: Readonly<Record<string, TypedParameter['type']>> = {
  'user-name': 'string',
  'unix-user-id': 'ullong',
  'unix-user-name': 'string',
  'unix-group-id': 'ullong',
  'unix-group-name': 'string',
  'process-id': 'llong',
  'process-time': 'ullong',
  'sasl-user-name': 'string',
  'x509-distinguished-name': 'string',
  'selinux-context': 'string',
};

/** Throws unless every parameter is one of an identity, of its type, and given once. */
export function requireIdentity(params: readonly TypedParameter[]): void {
  const seen = new Set<string>();
  for (const { field, type } of params) {
    const expected = Object.hasOwn(identityTypes, field) ? identityTypes[field] : undefined;
    if (expected === undefined)
      throw errors.argumentUnsupported(`parameter '${field}' not supported`, ErrorDomain.NONE);
    if (type !== expected)
      throw errors.invalidArg(
        `invalid type '${type}' for parameter '${field}', expected '${expected}'`,
        ErrorDomain.NONE,
      );
    if (seen.has(field)) throw errors.invalidArg(`parameter '${field}' occurs multiple times`, ErrorDomain.NONE);
    seen.add(field);
  }
}
