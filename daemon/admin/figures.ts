import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';

export const uint = (field: string, value: number): TypedParameter => ({ field, type: 'uint', value });

/**
 * The figures that a client wants changed, by their names. Throws invalidArg for one that is not among `changeable`, is no
 * unsigned number, or is given twice.
 */
export function wantedFigures<Name extends string>(
  params: readonly TypedParameter[],
  changeable: readonly Name[],
): Partial<Record<Name, number>> {
  const wanted: Partial<Record<Name, number>> = {};
  for (const { field, type, value } of params) {
    const name = changeable.find(name => name === field);
    if (name === undefined) throw errors.argumentUnsupported(`parameter '${field}' not supported`, ErrorDomain.NONE);
    if (type !== 'uint')
      throw errors.invalidArg(`invalid type '${type}' for parameter '${field}', expected 'uint'`, ErrorDomain.NONE);
    if (wanted[name] !== undefined)
      throw errors.invalidArg(`parameter '${field}' occurs multiple times`, ErrorDomain.NONE);
    wanted[name] = value;
  }
  return wanted;
}
