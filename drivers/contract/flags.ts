import { ErrorCode, ErrorDomain } from './constants.ts';
import { LibvirtError } from './error.ts';

/**
 * Throws the error that libvirt's drivers answer to flag bits they do not know. `caller` is the name of libvirt's own
 * function ("lxcDomainGetState"): scripts and people search for it.
 */
export function checkFlags(
  flags: number,
  supported: number,
  caller: string,
  domain: ErrorDomain = ErrorDomain.LXC,
): void {
  const unknown = (flags & ~supported) >>> 0;
  if (unknown === 0) return;
  const detail = `unsupported flags (0x${unknown.toString(16)}) in function ${caller}`;
  throw new LibvirtError(ErrorCode.INVALID_ARG, domain, detail, { str1: caller, str2: 'flags', int1: 0, int2: 0 });
}
