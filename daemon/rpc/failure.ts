import { ErrorCode, ErrorDomain, ErrorLevel } from '../../drivers/contract/constants.ts';
import { errors, LibvirtError } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { RemoteError } from '../../protocol/error.ts';

/** A fault of the conversation itself. */
export const rpcError = (text: string): LibvirtError =>
  new LibvirtError(ErrorCode.RPC, ErrorDomain.RPC, text, { str1: '%s', str2: text });

/**
 * What the client is told. `subject` says what failed, for the log: an error that is not a LibvirtError is a bug of ours,
 * and its text may tell of things that are not the client's.
 */
export function toRemoteError(error: unknown, subject: string, log: Log): RemoteError {
  if (error instanceof LibvirtError) return remoteErrorOf(error);
  log.error({ err: error, subject }, 'Internal error');
  return remoteErrorOf(errors.internalError('an unexpected condition was logged by the daemon', ErrorDomain.RPC));
}

const remoteErrorOf = ({ code, domain, message, details }: LibvirtError): RemoteError => ({
  code,
  domain,
  message,
  level: ErrorLevel.ERROR,
  dom: null,
  str1: details.str1 ?? '%s',
  str2: details.str2 ?? (details.str1 === undefined ? message : null),
  str3: details.str3 ?? null,
  int1: details.int1 ?? -1,
  int2: details.int2 ?? -1,
  net: null,
});
