import { readdirSync, rmdirSync } from 'node:fs';
import { errnoOf, ignoring, readControl } from './file.ts';

/** A directory and every cgroup below it, each behind its children; empty when it does not exist. */
export function cgroupsBelow(directory: string): string[] {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  const children = entries.filter(entry => entry.isDirectory()).map(entry => `${directory}/${entry.name}`);
  return [...children.flatMap(cgroupsBelow), directory];
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
    if (errnoOf(error) === 'ENOTSUP' || errnoOf(error) === 'EOPNOTSUPP') return null;
    throw error;
  }
}

/** Removes a cgroup with all below it. Gone already is fine; EBUSY means that processes are left. */
export function removeTree(directory: string): void {
  for (const cgroup of cgroupsBelow(directory)) {
    ignoring('ENOENT', () => rmdirSync(cgroup));
  }
}
