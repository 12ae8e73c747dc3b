import type { GuestOperation } from '../../../native/guest/operations.ts';
import { perform } from '../../../native/guest/perform.ts';
import { GuestRequestFailed } from '../../../native/guest/request-failed.ts';
import { errors } from '../../contract/error.ts';
import type { ContainerProcess } from '../process/container-process.ts';

/**
 * Does something in a running container, where no path leads to the host. Throws systemError; `what` is said in front of
 * the reason.
 */
export async function inside(process: ContainerProcess, what: string, operation: GuestOperation): Promise<void> {
  try {
    await perform(process, [operation]);
  } catch (cause) {
    if (!(cause instanceof GuestRequestFailed)) throw cause;
    throw errors.systemError(`${what}: ${cause.message}`, undefined, { cause });
  }
}
