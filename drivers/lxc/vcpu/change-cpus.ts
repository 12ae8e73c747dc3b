import type { Controller } from '../../../native/cgroup/cgroup.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import type { Affected } from '../operations/affect.ts';
import { cgroupCall, cgroupOf } from '../tuning/cgroup-call.ts';
import { changeDefinitions, type DefinitionChange } from '../tuning/definitions.ts';
import { changeCpuLimits } from './cpu-limits.ts';

/** Changes a domain's CPUs: the kernel first, which needs `controller`, then what the domain is defined as. */
export async function changeCpus(
  context: LxcContext,
  domain: LxcDomain,
  which: Affected,
  controller: Controller,
  change: DefinitionChange,
): Promise<void> {
  if (which.live) {
    const cgroup = cgroupOf(domain, controller);
    await cgroupCall(() => changeCpuLimits(cgroup, domain.definition, change(domain.definition)));
  }
  await changeDefinitions(context, domain, which, change);
}
