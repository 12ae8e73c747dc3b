import { ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';

/** The names that a call takes, and the type of each. */
export type ParameterTypes = Readonly<Record<string, TypedParameter['type']>>;

/**
 * Throws argumentUnsupported for a name that the call does not know, invalidArg for a type that is not the name's and
 * for a name that comes twice. Nothing has been changed then.
 */
export function checkParameters(params: readonly TypedParameter[], types: ParameterTypes): void {
  const seen = new Set<string>();
  for (const { field, type } of params) {
    const expected = Object.hasOwn(types, field) ? types[field] : undefined;
    if (expected === undefined)
      throw errors.argumentUnsupported(`parameter '${field}' not supported`, ErrorDomain.NONE);
    if (type !== expected) {
      const detail = `invalid type '${type}' for parameter '${field}', expected '${expected}'`;
      throw errors.invalidArg(detail, ErrorDomain.NONE);
    }
    if (seen.has(field)) throw errors.invalidArg(`parameter '${field}' occurs multiple times`, ErrorDomain.NONE);
    seen.add(field);
  }
}

/** The value of a parameter, null when it was not given; the types have been checked. */
export function bigintOf(params: readonly TypedParameter[], field: string): bigint | null {
  const found = params.find(param => param.field === field);
  return found?.type === 'ullong' || found?.type === 'llong' ? found.value : null;
}

export function numberOf(params: readonly TypedParameter[], field: string): number | null {
  const found = params.find(param => param.field === field);
  return found?.type === 'uint' || found?.type === 'int' ? found.value : null;
}

export function stringOf(params: readonly TypedParameter[], field: string): string | null {
  const found = params.find(param => param.field === field);
  return found?.type === 'string' ? found.value : null;
}

export const ullong = (field: string, value: bigint): TypedParameter => ({ field, type: 'ullong', value });
export const llong = (field: string, value: bigint): TypedParameter => ({ field, type: 'llong', value });
export const int = (field: string, value: number): TypedParameter => ({ field, type: 'int', value });
export const uint = (field: string, value: number): TypedParameter => ({ field, type: 'uint', value });
export const string = (field: string, value: string): TypedParameter => ({ field, type: 'string', value });
