import { opendirSync, rmdirSync } from 'node:fs';
import { errnoOf, ignoring, readControl } from './file.ts';

export interface TreeLimits {
  readonly depth: number;
  readonly count: number;
}

/** What a container may make below its own cgroup where the kernel can tell it: enough for any init system. */
export const containerLimits: TreeLimits = { depth: 32, count: 10_000 };

/** What is looked at: more than a container may make, below a few levels of partitions. */
const walkLimits: TreeLimits = { depth: 64, count: 20_000 };

/**
 * A directory and every cgroup below it, each behind its children; empty when it does not exist. Beyond the limits
 * nothing is looked at, so that nobody keeps this process busy for long.
 */
export function cgroupsBelow(directory: string, limits: TreeLimits = walkLimits): string[] {
  const found: string[] = [];
  walk(directory, limits.depth, limits.count, found);
  return found;
}

function walk(directory: string, depth: number, count: number, found: string[]): void {
  const children = depth === 0 ? [] : childrenOf(directory, count - found.length);
  if (children === null) return;
  for (const child of children) walk(`${directory}/${child}`, depth - 1, count, found);
  if (found.length < count) found.push(directory);
}

/** Null when there is no such directory. */
function childrenOf(directory: string, count: number): string[] | null {
  const names: string[] = [];
  try {
    using entries = opendirSync(directory);
    for (let entry = entries.readSync(); entry !== null && names.length < count; entry = entries.readSync())
      if (entry.isDirectory()) names.push(entry.name);
    return names;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The processes in a cgroup and in those that the container made below it. Those that this process's pid namespace does
 * not know (the kernel lists them as 0) are left out, and so is 1: neither may ever be signalled.
 */
export function processesBelow(directory: string): number[] {
  return cgroupsBelow(directory).flatMap(cgroup =>
    // a threaded cgroup of v2 refuses to be read; its domain cgroup lists the processes
    (readProcesses(cgroup) ?? '').split('\n').flatMap(line => (Number(line) > 1 ? [Number(line)] : [])),
  );
}

function readProcesses(cgroup: string): string | null {
  try {
    return readControl(cgroup, 'cgroup.procs');
  } catch (error) {
    if (errnoOf(error) === 'ENOTSUP') return null;
    throw error;
  }
}

/** As many times what `cgroupsBelow` finds is removed, before what is left counts as in use. */
const REMOVALS = 4;

/** Removes a cgroup with all below it. Gone already is fine; EBUSY means that processes are left, or too many cgroups. */
export function removeTree(directory: string): void {
  for (let left = REMOVALS; left > 0; left -= 1) {
    const cgroups = cgroupsBelow(directory);
    const last = cgroups.length < walkLimits.count || left === 1;
    for (const cgroup of cgroups) ignoring(last ? 'ENOENT' : ['ENOENT', 'EBUSY'], () => rmdirSync(cgroup));
    if (last) return;
  }
}
