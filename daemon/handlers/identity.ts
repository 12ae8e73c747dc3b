import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Identity } from '../identity.ts';

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

/** Who the parameters say a client is. Throws unless every one is of an identity, of its type, and given once. */
export function identityFrom(params: readonly TypedParameter[]): Identity {
  requireIdentity(params);
  const text = (name: string): string | null => {
    const value = params.find(({ field }) => field === name)?.value;
    return typeof value === 'string' ? value : null;
  };
  const count = (name: string): bigint | null => {
    const value = params.find(({ field }) => field === name)?.value;
    return typeof value === 'bigint' ? value : null;
  };
  return {
    userName: text('user-name'),
    unixUserId: idFrom(count('unix-user-id')),
    unixUserName: text('unix-user-name'),
    unixGroupId: idFrom(count('unix-group-id')),
    unixGroupName: text('unix-group-name'),
    processId: idFrom(count('process-id')),
    processTime: count('process-time'),
    saslUserName: text('sasl-user-name'),
    x509Name: text('x509-distinguished-name'),
    selinuxContext: text('selinux-context'),
  };
}

/** What is no number of a user or a process is nobody's. */
const idFrom = (value: bigint | null): number | null =>
  value === null || value < 0n || value > 0xffff_ffffn ? null : Number(value);

function requireIdentity(params: readonly TypedParameter[]): void {
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
