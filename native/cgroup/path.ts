/** What a container's cgroup is named after. */
export interface CgroupName {
  /** Paths.cgroupParent: "" or "/something", where the partitions of this daemon start. */
  readonly parent: string;
  /** `<resource><partition>`: absolute; null is "/machine". */
  readonly partition: string | null;
  /** The domain's. */
  readonly uuid: string;
  readonly name: string;
}

const defaultPartition = '/machine';

/** Top-level partitions that carry no suffix: libvirt's and systemd's fixed three. */
const fixedPartitions = new Set(['machine', 'user', 'system']);

/** What the kernel has, or may have one day, as a control file beside the cgroup's children. */
const reserved =
  /^([_.]|$|(tasks|notify_on_release|release_agent)$|(cgroup|cpu|cpuacct|cpuset|memory|devices|freezer|blkio|io|pids|misc|rdma|hugetlb|perf_event|net_cls|net_prio)\.)/;

/** A leading "_" keeps a name clear of control files, "." and ".."; the rule that systemd and libvirt share. */
const escapeComponent = (component: string): string => (reserved.test(component) ? `_${component}` : component);

/**
 * The directory of a partition below each hierarchy: "/production/eu" lies in /production.partition/eu.partition, as
 * libvirt lays it out, so that a partition never meets a container of the same name. Empty components are dropped.
 */
export function partitionPath(parent: string, partition: string | null): string {
  const components = (partition ?? defaultPartition).split('/').filter(component => component !== '');
  const names = components.map((component, index) => {
    const fixed = index === 0 && fixedPartitions.has(component);
    const suffixed = fixed || component.endsWith('.partition') || component.endsWith('.slice');
    return escapeComponent(suffixed ? component : `${component}.partition`);
  });
  return [parent, ...names].join('/');
}

/**
 * The part of a domain's name that may stand in a path and in a systemd unit: what libvirt keeps of it for its machine
 * names (letters, digits, "-", "_", "."; none of the marks in front), at most 40 characters. Not unique.
 */
export function plainName(name: string): string {
  return name
    .replace(/[^A-Za-z0-9._-]/g, '')
    .replace(/^[._-]+/, '')
    .replace(/\.{2,}/g, '.')
    .slice(0, 40);
}

/**
 * The cgroup of a domain, as a path below every hierarchy's mount point. Twelve digits of the UUID tell apart names that
 * look the same once the characters that a path cannot carry are gone; libvirt has the controller's pid there, which
 * does not exist yet when ours is made.
 */
export function cgroupPath({ parent, partition, uuid, name }: CgroupName): string {
  const id = uuid.replaceAll('-', '').slice(0, 12);
  return `${partitionPath(parent, partition)}/lxc-${id}-${plainName(name)}.libvirt-lxc`;
}
