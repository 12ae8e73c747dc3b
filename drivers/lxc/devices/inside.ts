import type { GuestOperation } from '../../../native/guest/operations.ts';
import { perform } from '../../../native/guest/perform.ts';
import { GuestRequestFailed } from '../../../native/guest/request-failed.ts';
import { errors } from '../../contract/error.ts';
import type { LiveChange } from './device-kind.ts';

/**
 * Does something in a running container, where no path leads to the host. Throws systemError, with `what` in front of
 * the reason; and the signal's reason, without waiting for a container that hangs.
 */
export async function inside({ process, signal }: LiveChange, what: string, operation: GuestOperation): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([perform(process, [operation]), aborted]);
  } catch (cause) {
    if (!(cause instanceof GuestRequestFailed)) throw cause;
    throw errors.systemError(`${what}: ${cause.message}`, undefined, { cause });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
