import { errnoOf } from '../../../native/cgroup/file.ts';
import { GuestRequestFailed } from '../../../native/guest/request-failed.ts';
import { errors, LibvirtError } from '../../contract/error.ts';
import { systemErrorText } from '../../../native/ffi/system-error-text.ts';

const ofStart = 'internal error: guest failed to start: ';
const unsupported = 'unsupported configuration: ';

/**
 * Does for a running container what is also done for one that starts, and says of a failure only what it is: the guest
 * has started. What the host's files and devices refuse is a systemError, with `what` in front of the reason.
 */
export async function liveCall<T>(what: string, action: () => Promise<T> | T): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw liveFailure(what, cause);
  }
}

function liveFailure(what: string, cause: unknown): unknown {
  if (cause instanceof GuestRequestFailed) return errors.systemError(`${what}: ${cause.message}`, undefined, { cause });
  if (cause instanceof Error && 'syscall' in cause)
    return errors.systemError(`${what}: ${systemErrorText(errnoOf(cause) ?? '')}`, undefined, { cause });
  if (!(cause instanceof LibvirtError) || !cause.message.startsWith(ofStart)) return cause;
  const reason = cause.message.slice(ofStart.length);
  if (reason.startsWith(unsupported))
    return errors.configUnsupported(reason.slice(unsupported.length), undefined, { cause });
  return errors.internalError(reason.replace(/^internal error: /, ''), undefined, { cause });
}
