import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Container } from './container.ts';

/** libvirt's order: a client enters them one after the other, and the user namespace gives the right to enter the rest. */
const KINDS = ['user', 'ipc', 'uts', 'net', 'pid', 'mnt'] as const;

export type NamespaceFile = (typeof KINDS)[number];

/**
 * Opens namespaces of a container's init, close-on-exec; the caller closes them. Throws the system's error, ESRCH
 * or ENOENT when init has ended: never do they belong to another process that got its pid.
 */
export function openNamespaces(
  { controllerPid, initPid }: Pick<Container, 'controllerPid' | 'initPid'>,
  kinds: readonly NamespaceFile[] = KINDS,
): number[] {
  // An open directory of /proc stays with its process.
  const directory = openSync(`/proc/${initPid}`, 'r');
  const opened: number[] = [];
  try {
    assertChild(`/proc/self/fd/${directory}`, controllerPid);
    for (const kind of kinds) opened.push(openSync(`/proc/self/fd/${directory}/ns/${kind}`, 'r'));
    return opened;
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  } finally {
    closeSync(directory);
  }
}

/** A controller has one child. */
function assertChild(directory: string, parent: number): void {
  const status = readFileSync(`${directory}/status`, 'utf8');
  if (new RegExp(`^PPid:\\t${parent}$`, 'm').test(status)) return;
  throw Object.assign(new Error('The container has ended'), { code: 'ESRCH' });
}
