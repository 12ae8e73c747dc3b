import { basename } from 'node:path';
import type { Hierarchies } from '../../../native/cgroup/hierarchies.ts';
import { MountAttribute, type MountOption, type Operation } from '../../../native/plan/plan.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

const { NOSUID, NODEV, NOEXEC, READONLY } = MountAttribute;
const inert = NOSUID | NODEV | NOEXEC;
const top = '/sys/fs/cgroup';

/**
 * The container's own part of each hierarchy, seen through its cgroup namespace, so that systemd boots. Of v1 only the
 * hierarchy without a controller is writable: in the others a container's own limits are files of its top directory,
 * which v2 keeps from it by itself. One that is denied nothing may write to all, as a host of containers has to.
 */
export function cgroupMounts(host: Hierarchies, { features }: Pick<DomainDefinition, 'features'>): Operation[] {
  if (host.layout === 'v2') return [mount('cgroup2', [], inert, top)];
  const attributes = features.capabilities?.policy === 'allow' ? inert : inert | READONLY;
  return [
    mount('tmpfs', [option('mode', '755'), option('size', '64k')], inert, top),
    ...host.v1.flatMap(point => legacyHierarchy(host, point, attributes)),
    ...(host.unified === null ? [] : [mount('cgroup2', [], inert, `${top}/${basename(host.unified)}`)]),
  ];
}

/** One v1 hierarchy. "cpu,cpuacct" is also found as "cpu" and as "cpuacct". */
function legacyHierarchy(host: Hierarchies, point: string, attributes: number): Operation[] {
  const directory = basename(point);
  if (point === host.systemd) return [mount('cgroup', [option('name', 'systemd')], inert, `${top}/${directory}`)];
  const controllers = [...host.controllers].filter(([, place]) => place.mount === point).map(([name]) => name);
  const aliases = controllers.filter(name => name !== directory);
  return [
    mount(
      'cgroup',
      controllers.map(name => option(name)),
      attributes,
      `${top}/${directory}`,
    ),
    ...aliases.map((name): Operation => ({ do: 'symlink', path: `${top}/${name}`, target: directory })),
  ];
}

const option = (key: string, value: string | null = null): MountOption => ({ key, value });

function mount(type: string, options: readonly MountOption[], attributes: number, target: string): Operation {
  return { do: 'mount', type, source: type, options, attributes, target };
}
