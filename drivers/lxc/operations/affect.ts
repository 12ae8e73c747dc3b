import { DomainModificationImpact as Impact, ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { errors, LibvirtError } from '../../contract/error.ts';
import type { LxcDomain } from '../domain.ts';

/** Which definitions a call is about. */
export interface Affected {
  /** What the domain runs with. */
  readonly live: boolean;
  /** What it is defined as. */
  readonly config: boolean;
}

/**
 * Resolves VIR_DOMAIN_AFFECT_LIVE and _CONFIG: neither means what the domain is at the moment. Throws operationInvalid
 * for a live change of a domain that does not run and for a lasting one of a transient domain.
 */
export function affected(domain: LxcDomain, flags: number): Affected {
  const running = domain.running !== null;
  const named = (flags & (Impact.LIVE | Impact.CONFIG)) !== 0;
  const live = named ? (flags & Impact.LIVE) !== 0 : running;
  const config = named ? (flags & Impact.CONFIG) !== 0 : !running;
  if (live && !running) throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
  if (config && !domain.persistent)
    throw errors.operationInvalid('transient domains do not have any persistent config', ErrorDomain.DOMAIN);
  return { live, config };
}

/** Reading is of one of the two: throws invalidArg for both. */
export function checkOneImpact(flags: number): void {
  if ((flags & Impact.LIVE) === 0 || (flags & Impact.CONFIG) === 0) return;
  throw plainInvalidArg("Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
}

/** An argument's error without a head, as libvirt's public functions word theirs. */
export function plainInvalidArg(text: string): LibvirtError {
  return new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, text, { str1: '%s', str2: text });
}
