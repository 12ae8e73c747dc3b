import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';

/**
 * What a list of all objects of a kind answers: the objects when the client wants more than their number, and the number.
 * Throws internalError when there are more than `limit`, the protocol's: such a list is whole or fails. `what` is in the
 * error: "networks".
 */
export function wholeList<T>(what: string, all: T[], needResults: number, limit: number): { list: T[]; ret: number } {
  if (all.length > limit)
    throw errors.internalError(`Too many ${what} '${all.length}' for limit '${limit}'`, ErrorDomain.RPC);
  return { list: needResults === 0 ? [] : all, ret: all.length };
}
