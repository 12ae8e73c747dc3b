import type { HostMount, MountOption, Operation, Plan } from '../../../native/plan/plan.ts';

/** What init mounts that holds files of the container's own; the kernel labels proc and sysfs itself. */
const labelled = new Set(['tmpfs', 'devpts']);

/**
 * The plan with every filesystem that is made for the container mounted with `options`: what a security module needs where
 * its labels lie in the files. Trees of the host keep the labels that they have.
 */
export function withMountOptions(plan: Plan, options: readonly MountOption[]): Plan {
  if (options.length === 0) return plan;
  const mount = (mount: HostMount): HostMount => withOptions(mount, options);
  const operation = (operation: Operation): Operation => {
    if (operation.do === 'attach') return { ...operation, mount: mount(operation.mount) };
    if (operation.do !== 'mount' || !labelled.has(operation.type)) return operation;
    return { ...operation, options: [...operation.options, ...options] };
  };
  return { ...plan, root: mount(plan.root), operations: plan.operations.map(operation) };
}

/** The same for one mount of the host stage. */
export const withOptions = (mount: HostMount, options: readonly MountOption[]): HostMount =>
  mount.from === 'filesystem' ? { ...mount, options: [...mount.options, ...options] } : mount;
