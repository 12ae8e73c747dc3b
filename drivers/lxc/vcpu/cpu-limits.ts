import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { formatBitmap, parseBitmap } from '../../xml/bitmap.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { vcpuPins } from '../../xml/domain/pinned-cpus.ts';
import { hostCpus } from './vcpu-affinity.ts';

/** The kernel's own, in microseconds. */
const USUAL_PERIOD = 100_000n;

/** How many vCPUs a domain has, for those who ask. */
export const vcpuCount = ({ vcpu }: DomainDefinition): number => vcpu.current ?? vcpu.max;

/**
 * The CPU time that a container may use in each period, in microseconds; null is all there is. A count of vCPUs that is
 * given (`<vcpu current='2'>`) is that many CPUs' time; a maximum alone, which every definition has, limits nothing. See
 * docs/decisions on vCPUs.
 */
export function cpuQuota({ vcpu, cputune }: DomainDefinition): bigint | null {
  const period = cputune.period ?? USUAL_PERIOD;
  const quota = cputune.quota === null || cputune.quota < 0n ? null : cputune.quota;
  // A count of zero is stored, and means nothing: without CPU time nothing could run.
  const counted = vcpu.current ? BigInt(vcpu.current) * period : null;
  if (quota === null || counted === null) return quota ?? counted;
  return quota < counted ? quota : counted;
}

/** The CPUs that a container's vCPUs may run on, all together; null is every CPU. */
export function cpuPlacement(definition: DomainDefinition): string | null {
  const { cpuset } = definition.vcpu;
  const count = vcpuCount(definition);
  const pinned = [...vcpuPins(definition)].filter(([vcpu]) => vcpu < count).map(([, cpus]) => cpus);
  if (pinned.length === 0) return cpuset;
  if (pinned.length === count) return union(pinned);
  return cpuset === null ? null : union([...pinned, cpuset]);
}

const union = (lists: readonly string[]): string => formatBitmap(lists.flatMap(parseBitmap));

/**
 * Pins may name CPUs that are not there, which a cgroup may not. A set for all vCPUs is taken by its word, as by libvirt's
 * driver.
 */
function onHost({ vcpu }: DomainDefinition, cpus: string): string {
  if (cpus === vcpu.cpuset) return cpus;
  const there = new Set(hostCpus());
  const left = parseBitmap(cpus).filter(cpu => there.has(cpu));
  return left.length === 0 ? cpus : formatBitmap(left);
}

/** Gives a new cgroup the CPUs and the CPU time of a definition. */
export function applyCpuLimits(cgroup: Cgroup, definition: DomainDefinition): void {
  const { shares, period } = definition.cputune;
  const cpus = cpuPlacement(definition);
  const quota = cpuQuota(definition);
  if (cpus !== null) cgroup.setCpus(onHost(definition, cpus));
  if (shares !== null) cgroup.setCpuShares(shares);
  if (period !== null) cgroup.setCpuPeriod(period);
  if (quota !== null) cgroup.setCpuQuota(quota);
}

/** Brings a running container from one definition's CPUs and CPU time to another's. */
export function changeCpuLimits(cgroup: Cgroup, from: DomainDefinition, to: DomainDefinition): void {
  const cpus = cpuPlacement(to);
  const quota = cpuQuota(to);
  if (cpus !== cpuPlacement(from)) cgroup.setCpus(cpus === null ? null : onHost(to, cpus));
  if (quota !== cpuQuota(from)) cgroup.setCpuQuota(quota);
}
