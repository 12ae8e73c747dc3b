import type { Controller } from '../../native/cgroup/cgroup.ts';
import { detectHierarchies, type Hierarchies } from '../../native/cgroup/hierarchies.ts';
import { advice, missing, ok, type Check, type Finding } from './finding.ts';

/** What each controller is needed for; libvirt's driver does not start a container without the first three. */
const controllers: readonly (readonly [name: Controller, use: string, needed: boolean])[] = [
  ['memory', 'memory limits', true],
  ['cpu', 'shares and quotas of CPU time', true],
  ['cpuset', 'pinning to CPUs and nodes', false],
  ['pids', 'limits on processes', false],
  ['blkio', 'limits of disks', false],
];

export const cgroups: Check = {
  title: 'control groups',
  look: () => look(detectHierarchies()),
};

export const look = ({ layout, controllers: places }: Hierarchies): Finding[] => [
  ok(`layout ${layout}`),
  ...controllers.map(([name, use, needed]) => {
    if (places.has(name)) return ok(`controller ${name}`);
    const text = `no controller ${name}: no ${use}`;
    const remedy = "see cgroup_disable= in /proc/cmdline, and the root's cgroup.subtree_control";
    return needed ? missing(text, remedy) : advice(text, remedy);
  }),
];
