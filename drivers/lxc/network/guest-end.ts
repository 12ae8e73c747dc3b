import { SystemCallError } from '../../../native/ffi/libc.ts';
import { perform } from '../../../native/guest/perform.ts';
import type { GuestOperation } from '../../../native/guest/operations.ts';
import { GuestRequestFailed } from '../../../native/guest/request-failed.ts';
import { linksOf } from '../../../native/network/namespace.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { RunningDomain } from '../domain.ts';

/** The name that a new interface has in a running container. Throws operationFailed when it has one of that name already. */
export function freeGuestName({ initPid }: RunningDomain, wanted: string | null): string {
  const taken = new Set(linksOf(initPid).map(({ name }) => name));
  if (wanted !== null) {
    if (taken.has(wanted)) throw errors.operationFailed(`the container has an interface '${wanted}' already`);
    return wanted;
  }
  let number = 0;
  while (taken.has(`eth${number}`)) number += 1;
  return `eth${number}`;
}

/** Does something inside of a running container. Throws systemError. */
export async function performInside(running: RunningDomain, operations: readonly GuestOperation[]): Promise<void> {
  if (operations.length > 0) await networkCall('Inside of the container', () => perform(running, operations));
}

/** Turns what the kernel refuses into the client's error: systemError, with what was being done. */
export async function networkCall<T>(what: string, action: () => Promise<T> | T): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof SystemCallError || error instanceof GuestRequestFailed)) throw error;
    throw errors.systemError(`${what}: ${error.message}`, ErrorDomain.NONE, { cause: error });
  }
}
