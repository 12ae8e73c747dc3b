import { uhyper } from '../../protocol/xdr/index.ts';
import type { GuestPlace } from './guest.ts';
import { encodeOperations } from './operations.ts';
import type { GuestOperation } from './operations.ts';
import { spawnVisitor } from './spawn-visitor.ts';

/** Milliseconds that a list of operations may take. */
const LIMIT = 20_000;

/** Which container: no more is needed of a GuestPlace. */
export type ContainerInit = Pick<GuestPlace, 'controllerPid' | 'initPid'>;

/**
 * Does operations in a container that runs, in order, up to the first that fails: what was done before stays done. The
 * answer is the bytes that a `trim` at the end has trimmed. Rejects with GuestRequestFailed: ESRCH when the container has
 * ended, ETIMEDOUT after `limit` ms, when the helper has been killed (a step that the kernel is in the middle of may
 * still take place); with XdrError when an operation cannot be encoded.
 */
export async function perform(
  place: ContainerInit,
  operations: readonly GuestOperation[],
  limit: number = LIMIT,
): Promise<bigint> {
  const document = encodeOperations(operations);
  const visitor = await spawnVisitor('perform', place);
  try {
    return await visitor.ask(document, uhyper, limit);
  } finally {
    visitor.end();
  }
}
