import { errors } from '../../contract/error.ts';
import { parseBitmap } from '../../xml/bitmap.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { Operation } from '../../../native/plan/plan.ts';

/** The kernel's MPOL_*; a strict policy is kept by cpuset.mems, this is for hosts without that controller. */
const memoryPolicies = { strict: 2, preferred: 1, interleave: 3, restrictive: null } as const;

const PER_LINUX32 = 8;

/** Where a container runs and what machine it sees: CPUs, memory nodes, 32 or 64 bits. */
export function placementOperations(definition: DomainDefinition, hasCpuset: boolean): Operation[] {
  const { vcpu, numatune, os } = definition;
  if (vcpu.placement === 'auto' || numatune?.placement === 'auto')
    throw errors.configUnsupported('numad is not available on this host');
  const operations: Operation[] = [];
  if (vcpu.cpuset !== null) operations.push({ do: 'affinity', cpus: [...parseBitmap(vcpu.cpuset)] });
  if (numatune !== null && numatune.nodeset !== null) {
    const mode = memoryPolicies[numatune.mode];
    const byCpuset = numatune.mode === 'strict' && hasCpuset;
    if (mode !== null && !byCpuset)
      operations.push({ do: 'mempolicy', mode, nodes: [...parseBitmap(numatune.nodeset)] });
  }
  if (process.arch === 'x64' && os.arch === 'i686') operations.push({ do: 'personality', persona: PER_LINUX32 });
  return operations;
}
