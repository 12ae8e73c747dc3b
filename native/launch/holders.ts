import { readdirSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { signalIf } from '../ffi/pidfd.ts';

/** Where a controller has its daemon's socket, and init until its program runs. */
const DAEMON = 3;

/**
 * SIGKILL to every process that has the socket `inode` as its connection to the daemon: a controller that has not yet
 * told its pid. Nobody else has it there, so no other process is hit. Takes a look at every process of the host.
 */
export function killHolders(inode: number): void {
  const holds = (pid: number): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${DAEMON}`) === `socket:[${inode}]`;
    } catch {
      // It has ended, or has no such descriptor.
      return false;
    }
  };
  for (const pid of readdirSync('/proc').map(Number))
    if (pid > 1 && pid !== process.pid && holds(pid)) kill(pid, holds);
}

function kill(pid: number, holds: (pid: number) => boolean): void {
  try {
    signalIf(pid, constants.signals.SIGKILL, holds);
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}
