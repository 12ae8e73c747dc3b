import { ErrorDomain, TypedParameterFlags } from '../../drivers/contract/constants.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';

const STRING_OKAY = TypedParameterFlags.TYPED_PARAM_STRING_OKAY;

/** Throws unless a client's room for `nparams` parameters is within the protocol's bound. */
export function requireParameterRoom(nparams: number, most: number): void {
  if (nparams < 0) throw errors.internalError('nparams must be non-negative', ErrorDomain.RPC);
  if (nparams > most) throw errors.internalError('nparams too large', ErrorDomain.RPC);
}

/** The flags that a driver is to see: that strings are welcome is between client and daemon. */
export const withoutStringFlag = (flags: number): number => (flags & ~STRING_OKAY) >>> 0;

/**
 * The reply to a client that has room for `nparams`: with none it asks how many there are. Clients from before strings
 * were added do not set the flag, and are spared them.
 */
export function parameterReply(
  all: readonly TypedParameter[],
  nparams: number,
  flags: number,
): { params: TypedParameter[]; nparams: number } {
  if (nparams === 0) return { params: [], nparams: all.length };
  const fitting = all.slice(0, nparams);
  const strings = (flags & STRING_OKAY) !== 0;
  return { params: strings ? fitting : fitting.filter(({ type }) => type !== 'string'), nparams: 0 };
}
