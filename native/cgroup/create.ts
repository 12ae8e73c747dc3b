import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cgroup } from './cgroup.ts';
import { ControlGroup } from './control-group.ts';
import { errnoOf, ignoring, readControl, writeControl, writeControlInBackground } from './file.ts';
import type { Hierarchies } from './hierarchies.ts';
import { locate, type Location } from './location.ts';
import { cgroupPath, type CgroupName } from './path.ts';
import { processesBelow, removeTree, containerLimits } from './tree.ts';

export interface CgroupSpec extends CgroupName {
  /**
   * Where it is to be instead of where its name puts it: in a scope of systemd's, whose own process has to go before v2's
   * controllers are there. See enterCgroup.
   */
  readonly path?: string;
  /** Who the container's root is on the host: may make cgroups of its own below, never change the limits. Null without idmap. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** Processes are left in the cgroup that is to be made; in the shape of an error of the system. */
class CgroupInUse extends Error {
  override readonly name = 'CgroupInUse';
  readonly syscall = 'mkdir';
  readonly code = 'EBUSY';
  readonly path: string;

  constructor(path: string) {
    super(`the cgroup ${path} is in use`);
    this.path = path;
  }
}

/**
 * Makes a container's cgroup in every hierarchy, with its partition where that is missing. Nothing of the container's is
 * left behind when it throws. An empty left-over of the same name is replaced; one with processes in it is an error.
 */
export function createCgroup(hierarchies: Hierarchies, spec: CgroupSpec): Cgroup {
  const location = locate(hierarchies, spec.path ?? cgroupPath(spec));
  const made: string[] = [];
  try {
    for (const { mount, directory } of location.all) {
      makeContainer(mount, directory);
      made.push(directory);
    }
    const cpuset = location.controllers.get('cpuset');
    if (cpuset?.version === 1) inheritCpuset(cpuset.directory);
    // Handed down while a process is above them, the controllers for threads would make that cgroup a threaded one for good.
    if (location.unified !== null && spec.path === undefined)
      enableControllers(hierarchies.unified ?? '', location.unified, hierarchies.unifiedControllers);
    if (location.unified !== null) limitTree(location.unified);
    if (spec.owner !== null) delegate(location, spec.owner);
  } catch (error) {
    for (const directory of made) removeTree(directory);
    throw error;
  }
  return new ControlGroup(location);
}

/**
 * Moves a process into a cgroup of v2, off the event loop: the kernel waits for all CPUs. The cgroup above hands its
 * controllers down only once there is no process left in it.
 */
export async function enterCgroup(hierarchies: Hierarchies, path: string, pid: number): Promise<void> {
  const { unified } = locate(hierarchies, path);
  if (unified === null) return;
  await writeControlInBackground(unified, 'cgroup.procs', String(pid));
  enableControllers(hierarchies.unified ?? '', unified, hierarchies.unifiedControllers);
}

/** A running container's cgroup, by the path that `Cgroup.path` told; null when no hierarchy has it any more. */
export function openCgroup(hierarchies: Hierarchies, path: string): Cgroup | null {
  const location = locate(hierarchies, path);
  return location.all.some(({ directory }) => existsSync(directory)) ? new ControlGroup(location) : null;
}

/** Removes a daemon's whole part of every hierarchy (`Paths.cgroupParent`): partitions stay when their last container ends. */
export function removeCgroups(hierarchies: Hierarchies, path: string): void {
  // without a parent of its own a daemon's partitions lie beside the host's
  if (!/^\/[^/]/.test(path)) throw new Error(`'${path}' is no cgroup of a daemon`);
  for (const { directory } of locate(hierarchies, path).all) removeTree(directory);
}

/** Makes a container's directory in the hierarchy mounted at `mount`. */
function makeContainer(mount: string, directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') makePartition(mount, dirname(directory));
    else if (errno === 'EEXIST') removeEmpty(directory);
    else throw error;
    mkdirSync(directory);
  }
}

function removeEmpty(directory: string): void {
  if (processesBelow(directory).length > 0) throw new CgroupInUse(directory);
  removeTree(directory);
}

/** The levels from below the mount point down to `directory`. */
function levels(mount: string, directory: string): string[] {
  const names = directory
    .slice(mount.length)
    .split('/')
    .filter(name => name !== '');
  return names.map((_, index) => [mount, ...names.slice(0, index + 1)].join('/'));
}

function makePartition(mount: string, directory: string): void {
  for (const level of levels(mount, directory)) {
    // another start may be making the same one
    ignoring('EEXIST', () => mkdirSync(level));
    inheritCpuset(level);
    // before Linux 5.11 limits reached the cgroups below only where this said so
    if (readControl(level, 'memory.use_hierarchy')?.trim() === '0') writeControl(level, 'memory.use_hierarchy', '1');
  }
}

/** v1 gives a new cpuset no CPUs and no memory nodes, and refuses every task until it has both. */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readControl(directory, file)?.trim() !== '') continue;
    const inherited = readControl(dirname(directory), file)?.trim();
    if (inherited !== undefined && inherited !== '') writeControl(directory, file, inherited);
  }
}

/**
 * Has v2's controllers handed down to a container, from the root on. One that a level refuses (its processes, or a
 * domain beside, forbid it) is left out: the setter that needs it says so.
 */
function enableControllers(mount: string, directory: string, wanted: readonly string[]): void {
  const enabled = readControl(directory, 'cgroup.controllers')?.trim().split(' ') ?? [];
  if (wanted.every(name => enabled.includes(name))) return;
  for (const level of [mount, ...levels(mount, dirname(directory))])
    for (const name of wanted)
      ignoring(['ENOENT', 'EBUSY', 'EINVAL', 'ENOTSUP'], () =>
        writeControl(level, 'cgroup.subtree_control', `+${name}`),
      );
}

/** So that a container's cgroups are soon looked through. Only v2 can tell it. */
function limitTree(directory: string): void {
  writeControl(directory, 'cgroup.max.depth', String(containerLimits.depth));
  writeControl(directory, 'cgroup.max.descendants', String(containerLimits.count));
}

/** What the kernel's documents list as safe to hand over: making cgroups below and moving one's own processes among them. */
const delegated = {
  systemd: ['', 'cgroup.procs', 'tasks'],
  unified: ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control'],
} as const;

function delegate(location: Location, { uid, gid }: NonNullable<CgroupSpec['owner']>): void {
  for (const hierarchy of ['systemd', 'unified'] as const) {
    const directory = location[hierarchy];
    if (directory !== null) for (const file of delegated[hierarchy]) chownSync(join(directory, file), uid, gid);
  }
}
