import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { MountAttribute, type HostMount, type Operation, type Plan } from '../../../native/plan/plan.ts';

const { NOSUID, NODEV, NOEXEC, READONLY } = MountAttribute;
const inert = NOSUID | NODEV | NOEXEC;

/** Parts of /proc by which a container would act on its host. */
const readOnlyProc = ['/proc/sysrq-trigger', '/proc/irq', '/proc/bus', '/proc/fs'] as const;

/** Parts of /proc and /sys that tell of the host's memory, keys and firmware. */
const masked = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/timer_list',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/acpi',
  '/sys/firmware',
] as const;

const bindSelf = (path: string, recursive: boolean): Operation => ({
  do: 'bind',
  source: path,
  target: path,
  recursive,
  attributes: 0,
  optional: true,
});

const readOnly = (path: string): Operation => ({ do: 'attributes', path, recursive: false, attributes: READONLY });

/**
 * /proc. Its sys tree is read-only, but for the network's settings when the container has a network of its own: those
 * are bound to themselves first, so that they stay a mount that can be written below one that cannot.
 */
export function procMounts(ownNetwork: boolean): Operation[] {
  return [
    { do: 'mount', type: 'proc', source: 'proc', options: [], attributes: inert, target: '/proc' },
    ...(ownNetwork ? [bindSelf('/proc/sys/net', false)] : []),
    bindSelf('/proc/sys', true),
    readOnly('/proc/sys'),
  ];
}

/** What a root user of the host itself (no user namespace) must not find in /proc and /sys. */
export function protectedPaths(): Operation[] {
  return [
    ...readOnlyProc.map((path): Operation => ({
      do: 'bind',
      source: path,
      target: path,
      recursive: false,
      attributes: READONLY,
      optional: true,
    })),
    ...masked.map((path): Operation => ({ do: 'mask', path })),
  ];
}

const hostSys: HostMount = { from: 'path', path: '/sys', recursive: false, attributes: inert | READONLY, entries: [] };

/** /sys, read-only. The kernel lets a user namespace mount its own only together with its own network. */
export function sysMounts(ownNetwork: boolean, ownUsers: boolean): Operation[] {
  if (ownUsers && !ownNetwork) return [{ do: 'attach', mount: hostSys, target: '/sys' }];
  return [{ do: 'mount', type: 'sysfs', source: 'sysfs', options: [], attributes: inert | READONLY, target: '/sys' }];
}

/** A container's /proc/meminfo tells of what it may have, as far as the host can keep it to that. */
export function memoryView(cgroup: Cgroup): Plan['memoryView'] {
  const place = cgroup.place('memory');
  return place && { target: '/proc/meminfo', unified: place.version === 2, directory: place.directory };
}
