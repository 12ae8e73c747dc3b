import { ErrorDomain } from '../contract/constants.ts';
import { errors, LibvirtError } from '../contract/error.ts';
import { systemErrorText } from '../../native/ffi/system-error-text.ts';

/** "ENOENT" of an error of the system; null of any other. */
export const errorCode = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

/** What the client is told of a failed system call; what is no such failure is passed on. */
export function systemFailure(what: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === null || error instanceof LibvirtError) return error;
  return errors.systemError(`${what}: ${systemErrorText(code)}`, ErrorDomain.STORAGE, { cause: error });
}

/** Runs a step, and says which it was when the system refuses it. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFailure(what, error);
  }
}
