import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * Where everything lies on disk. Without a root these are libvirt's own places, so that a host can switch over and
 * back; with one, all of them lie below it and every name that is global to the host carries `tag`, so that any number
 * of daemons run side by side.
 */
export interface Paths {
  readonly root: string | null;
  /** Empty without a root; else 8 hex digits made of it: part of the names of bridges and cgroups. */
  readonly tag: string;
  /** /etc/libvirt, /run/libvirt, /var/log/libvirt, /var/lib/libvirt, /var/cache/libvirt */
  readonly etc: string;
  readonly run: string;
  readonly log: string;
  readonly lib: string;
  readonly cache: string;
  /** The pid file's directory: /run */
  readonly runBase: string;
  /** Where a domain's partition ("/machine") starts in each cgroup hierarchy: "" or "/lxvirtd-<tag>". */
  readonly cgroupParent: string;
}

/**
 * The pid file of a driver itself, in its directory below /run/libvirt: its lock keeps the same driver of another daemon
 * away, libvirt's own too.
 */
export const DRIVER_PID = 'driver.pid';

/** What the pid file of an object is called by, in a driver's directory: one named "driver" must not have the driver's own. */
export const pidNameOf = (name: string): string => (`${name}.pid` === DRIVER_PID ? `object-${name}` : name);

/**
 * Places for the objects of a driver whose usual ones belong to another daemon of this host: a libvirtd that keeps its
 * networks, pools, secrets and filters.
 */
export const apartFrom = (paths: Paths): Paths => ({
  ...paths,
  tag: paths.tag === '' ? 'lxc' : paths.tag,
  etc: join(paths.etc, 'lxvirtd'),
  run: join(paths.run, 'lxvirtd'),
  lib: join(paths.lib, 'lxvirtd'),
});

export function hostPaths(root: string | null = null): Paths {
  const at = (path: string): string => (root === null ? path : join(root, path));
  const tag = root === null ? '' : createHash('sha256').update(root).digest('hex').slice(0, 8);
  return {
    root,
    tag,
    etc: at('/etc/libvirt'),
    run: at('/run/libvirt'),
    log: at('/var/log/libvirt'),
    lib: at('/var/lib/libvirt'),
    cache: at('/var/cache/libvirt'),
    runBase: at('/run'),
    cgroupParent: tag === '' ? '' : `/lxvirtd-${tag}`,
  };
}
