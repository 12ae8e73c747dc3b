/** Checks that libvirt's public API makes before it asks a driver; its daemon calls that API, so clients know their errors. */
import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';

/** An argument of the API's function `api` that cannot be: "name in virFunction must not be zero". */
export function badArgument(
  api: string,
  name: string,
  rule: string,
  domain: ErrorDomain = ErrorDomain.DOMAIN,
): LibvirtError {
  return new LibvirtError(ErrorCode.INVALID_ARG, domain, `${name} in ${api} ${rule}`, {
    str1: api,
    str2: name,
    int1: 0,
    int2: 0,
  });
}

export function requireGiven<T extends string | readonly unknown[]>(
  api: string,
  name: string,
  value: T | null,
): asserts value is T {
  if (value === null || (typeof value !== 'string' && value.length === 0))
    throw badArgument(api, name, 'must not be NULL');
}

export function requireNull(api: string, name: string, value: string | null): void {
  if (value !== null) throw badArgument(api, name, 'must be NULL');
}

export function requireNonZero(api: string, name: string, value: number | bigint): void {
  if (BigInt(value) === 0n) throw badArgument(api, name, 'must not be zero');
}

export function requireNonNegative(api: string, name: string, value: number): void {
  if (value < 0) throw badArgument(api, name, 'must be zero or greater');
}

/** The room that a client has for a list of plain values. */
export function requireRoom(name: string, value: number, most: number, mostName: string): void {
  if (value < 0) throw rpcProblem(`${name} must be non-negative`);
  if (value > most) throw rpcProblem(`${name} > ${mostName}`);
}

const rpcProblem = (text: string): LibvirtError =>
  new LibvirtError(ErrorCode.RPC, ErrorDomain.RPC, text, { str1: '%s', str2: text });
