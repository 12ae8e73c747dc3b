import { GuestRequestFailed } from '../request-failed.ts';

/** What a request fails with, as "CODE step"; "nothing" when it does not. */
export async function failure(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof GuestRequestFailed) return `${error.code} ${error.step}`;
    throw error;
  }
  return 'nothing';
}
