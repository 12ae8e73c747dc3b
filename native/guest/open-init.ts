import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { closeQuietly } from '../ffi/libc.ts';
import { holdsPid, openPidfd } from '../ffi/pidfd.ts';
import type { GuestPlace } from './guest.ts';
import { GuestRequestFailed } from './request-failed.ts';

const gone = (cause?: unknown): GuestRequestFailed =>
  new GuestRequestFailed('init', null, constants.errno.ESRCH, { cause });

/**
 * A pidfd of a container's init, which the caller closes. Throws GuestRequestFailed ESRCH when it has ended: its
 * pid may be another process's by then, which has no controller for a parent and is the first of no pid namespace.
 */
export function openInit({ controllerPid, initPid }: Pick<GuestPlace, 'controllerPid' | 'initPid'>): number {
  const pidfd = attempt(() => openPidfd(initPid));
  try {
    const status = attempt(() => readFileSync(`/proc/${initPid}/status`, 'latin1'));
    const isInit = new RegExp(`^PPid:\\t${controllerPid}$`, 'm').test(status) && /^NSpid:.*\t1$/m.test(status);
    if (!isInit || !holdsPid(pidfd)) throw gone();
    return pidfd;
  } catch (error) {
    closeQuietly(pidfd);
    throw error;
  }
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'ENOENT'))
      throw gone(error);
    throw error;
  }
}
