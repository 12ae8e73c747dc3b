import type { Cgroup, CpuFigures } from '../../../native/cgroup/cgroup.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import type { CpuStats, TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';

const none: CpuFigures = { total: 0n, user: 0n, system: 0n, each: null };

const time = (field: string, value: bigint): TypedParameter => ({ field, type: 'ullong', value });

/** `startCpu` -1: the container's time on all CPUs. Else one entry for each CPU from there on, as far as there are any. */
export function cpuStats(cgroup: Cgroup, startCpu: number, ncpus: number): CpuStats {
  return startCpu === -1 ? total(cgroup) : each(cgroup, startCpu, ncpus);
}

function total(cgroup: Cgroup): CpuStats {
  const { total, user, system } = cgroup.cpu() ?? none;
  const params = [time('cpu_time', total), time('user_time', user), time('system_time', system)];
  return { params: [params], nparams: params.length, cpus: 1 };
}

function each(cgroup: Cgroup, startCpu: number, ncpus: number): CpuStats {
  const times = cgroup.cpu()?.each ?? null;
  if (times === null)
    throw errors.operationUnsupported('the kernel does not keep CPU times per CPU on cgroup v2', ErrorDomain.CGROUP);
  if (startCpu >= times.length)
    throw errors.invalidArg(`start_cpu ${startCpu} larger than maximum of ${times.length - 1}`, ErrorDomain.CGROUP);
  const asked = times.slice(startCpu, startCpu + ncpus);
  return { params: asked.map(value => [time('cpu_time', value)]), nparams: 1, cpus: times.length };
}
