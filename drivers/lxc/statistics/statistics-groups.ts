import type { MemoryUse } from '../../../native/cgroup/cgroup.ts';
import { DomainState, DomainStatsTypes as Stats, VcpuState } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import type { LxcDomain } from '../domain.ts';
import { vcpuTime } from '../vcpu/count.ts';
import { vcpuCount } from '../vcpu/cpu-limits.ts';
import { blockGroup } from './block-group.ts';
import type { HostFigures } from './host-figures.ts';
import { interfaceGroup } from './interface-group.ts';
import { count, counter, number } from './parameter.ts';
import { pressure } from './pressure.ts';

/** What a group of statistics has to say of a domain: less, or nothing, of one that does not run. */
export type StatisticsGroup = (domain: LxcDomain, host: HostFigures) => TypedParameter[];

/** More vCPUs than this are not told one by one: a definition may have thousands, and a reply has an end. */
const MOST_VCPUS = 128;

const state: StatisticsGroup = ({ state, reason }) => [number('state.state', state), number('state.reason', reason)];

/** "cpu.N.time", of the host's CPU N, "cpu.tasks", processes and threads, and the pressure are names of our own. */
const cpu: StatisticsGroup = ({ running }, { read }) => {
  const figures = running?.cgroup.cpu(read) ?? null;
  if (running === null || figures === null) return [];
  const tasks = running.cgroup.pids(read);
  return [
    counter('cpu.time', figures.total),
    counter('cpu.user', figures.user),
    counter('cpu.system', figures.system),
    ...(figures.each ?? []).map((time, index) => counter(`cpu.${index}.time`, time)),
    ...(tasks === null ? [] : [count('cpu.tasks', tasks)]),
    ...pressure('cpu', running.cgroup.pressure('cpu', read)),
  ];
};

const balloon: StatisticsGroup = ({ definition, running }, { read }) => [
  counter('balloon.current', definition.currentMemory),
  counter('balloon.maximum', definition.memory),
  ...memoryUse(running?.cgroup.memoryUse(read) ?? null),
];

/** "rss" is all that the container uses, as in the memory statistics of one domain. */
function memoryUse(use: MemoryUse | null): TypedParameter[] {
  if (use === null) return [];
  const { usage, limit, caches, majorFaults, minorFaults } = use;
  const parameters = [
    counter('balloon.major_fault', majorFaults),
    counter('balloon.minor_fault', minorFaults),
    counter('balloon.rss', usage / 1024n),
    counter('balloon.disk_caches', caches / 1024n),
  ];
  if (limit === null) return parameters;
  const unused = limit > usage ? limit - usage : 0n;
  return [
    ...parameters,
    counter('balloon.unused', unused / 1024n),
    counter('balloon.available', limit / 1024n),
    counter('balloon.usable', (unused + caches) / 1024n),
  ];
}

/** As in virDomainGetVcpus. */
const vcpu: StatisticsGroup = ({ definition, running, state }, { read }) => {
  const current = vcpuCount(definition);
  const parameters = [count('vcpu.current', current), count('vcpu.maximum', definition.vcpu.max)];
  if (running === null) return parameters;
  const stateNow = state === DomainState.PAUSED ? VcpuState.BLOCKED : VcpuState.RUNNING;
  const time = running.cgroup.cpuTime(read);
  for (let index = 0; index < Math.min(current, MOST_VCPUS); index += 1) {
    parameters.push(number(`vcpu.${index}.state`, stateNow));
    if (time !== null) parameters.push(counter(`vcpu.${index}.time`, vcpuTime(time, index, current)));
  }
  return parameters;
};

const memory: StatisticsGroup = ({ running }, { read }) =>
  pressure('memory', running?.cgroup.pressure('memory', read) ?? null);

/** In the order in which libvirt tells them. Containers have no perf events, I/O threads or dirty rate of their own. */
export const statisticsGroups: readonly (readonly [bit: number, group: StatisticsGroup])[] = [
  [Stats.STATE, state],
  [Stats.CPU_TOTAL, cpu],
  [Stats.BALLOON, balloon],
  [Stats.VCPU, vcpu],
  [Stats.INTERFACE, interfaceGroup],
  [Stats.BLOCK, blockGroup],
  [Stats.MEMORY, memory],
];

/** The bits of them all. */
export const supportedGroups: number = statisticsGroups.reduce((all, [bit]) => all | bit, 0);
