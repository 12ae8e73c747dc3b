import { readFileSync } from 'node:fs';
import type { Cgroup, Controller } from './cgroup.ts';
import { readControl } from './file.ts';

/** Where one controller is served: which interface, and the mount point of its hierarchy. */
export interface Place {
  readonly version: 1 | 2;
  readonly mount: string;
}

/** What the host mounts. */
export interface Hierarchies {
  readonly layout: Cgroup['layout'];
  readonly controllers: ReadonlyMap<Controller, Place>;
  /** Mount points of the v1 hierarchies to enter, the controller-less name=systemd among them; each once. */
  readonly v1: readonly string[];
  /** v1's name=systemd, which a systemd in the container wants to live in. */
  readonly systemd: string | null;
  /** Mount point of cgroup2. */
  readonly unified: string | null;
  /** Those of cgroup2's controllers, by its names, that have to be enabled on the way down to a container. */
  readonly unifiedControllers: readonly string[];
}

/** What cgroup2 calls a controller; null is what every cgroup of it has without one. */
const unifiedNames: Readonly<Record<Controller, string | null>> = {
  cpu: 'cpu',
  cpuacct: null,
  cpuset: 'cpuset',
  memory: 'memory',
  devices: null,
  freezer: null,
  blkio: 'io',
  pids: 'pids',
};

const controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'] as const;

interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** mountinfo writes space, tab, newline and backslash as \ooo. */
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

function cgroupMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap(line => {
    const [before, after] = line.split(' - ');
    const point = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (point === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    return [{ point: unescape(point), type, options: options?.split(',') ?? [] }];
  });
}

/**
 * Reads the mount table. A controller that v1 and v2 could both serve is v1's where a v1 hierarchy is mounted with it: the
 * kernel gives it to one of them only. A hierarchy mounted twice counts where it was mounted first.
 */
export function detectHierarchies(mountinfo: string = readFileSync('/proc/self/mountinfo', 'utf8')): Hierarchies {
  const mounts = cgroupMounts(mountinfo);
  const v1 = mounts.filter(mount => mount.type === 'cgroup');
  const unified = mounts.find(mount => mount.type === 'cgroup2')?.point ?? null;
  const available = unified === null ? [] : unifiedAvailable(unified);
  const served = new Map<Controller, Place>();
  for (const controller of controllers) {
    const legacy = v1.find(mount => mount.options.includes(controller))?.point;
    const unifiedName = unifiedNames[controller];
    if (legacy !== undefined) served.set(controller, { version: 1, mount: legacy });
    else if (unified !== null && (unifiedName === null || available.includes(unifiedName)))
      served.set(controller, { version: 2, mount: unified });
  }
  const systemd = v1.find(mount => mount.options.includes('name=systemd'))?.point ?? null;
  const entered = [...served.values()].filter(place => place.version === 1).map(place => place.mount);
  if (systemd !== null) entered.push(systemd);
  const layout = unified === null ? 'v1' : entered.length === 0 ? 'v2' : 'hybrid';
  const unifiedControllers = controllers.flatMap(name => {
    const unifiedName = unifiedNames[name];
    return served.get(name)?.version === 2 && unifiedName !== null ? [unifiedName] : [];
  });
  return { layout, controllers: served, v1: [...new Set(entered)], systemd, unified, unifiedControllers };
}

const unifiedAvailable = (unified: string): string[] =>
  (readControl(unified, 'cgroup.controllers') ?? '').trim().split(' ');
