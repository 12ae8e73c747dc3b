import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalIf } from '../ffi/pidfd.ts';
import { ignoring, readControl, writeControl } from './file.ts';
import { thaw } from './freezer.ts';
import type { Location } from './location.ts';
import { processesBelow } from './tree.ts';

const { SIGKILL } = constants.signals;

/**
 * SIGKILL to everything in the cgroup, again and again until it is empty: a process may have forked meanwhile. A v1
 * freezer is thawed behind each round, since what is frozen there cannot die. Rejects after `timeout` ms.
 */
export async function killAll(location: Location, timeout: number): Promise<void> {
  const { unified } = location;
  const deadline = Date.now() + timeout;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    const left = new Set(location.all.flatMap(({ directory }) => processesBelow(directory)));
    if (left.size === 0) return;
    if (Date.now() > deadline) throw new Error(`${left.size} processes of ${location.path} survive SIGKILL`);
    // Linux 5.14; leaves no process a moment to fork in
    if (unified !== null) ignoring('ENOENT', () => writeControl(unified, 'cgroup.kill', '1'));
    for (const pid of left) ignoring('ESRCH', () => signalIf(pid, SIGKILL, pid => isIn(pid, location.path)));
    const freezer = location.controllers.get('freezer');
    if (freezer?.version === 1) ignoring('ENOENT', () => thaw(1, freezer.directory));
    await sleep(wait);
  }
}

/** A pid that was read a moment ago may be another process's by now. */
function isIn(pid: number, path: string): boolean {
  const cgroups = (readControl(`/proc/${pid}`, 'cgroup') ?? '').split('\n');
  return cgroups.some(line => line.endsWith(path) || line.includes(`${path}/`));
}
