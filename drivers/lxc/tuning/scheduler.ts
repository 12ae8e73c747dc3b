import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import { affected } from '../operations/affect.ts';
import type { CpuTuning, DomainDefinition } from '../../xml/domain/definition.ts';
import { domainRef } from '../list/domain-list.ts';
import { cpuQuota } from '../vcpu/cpu-limits.ts';
import { asked } from './asked.ts';
import { cgroupCall, cgroupOf } from './cgroup-call.ts';
import { changeDefinitions, type DefinitionChange } from './definitions.ts';
import { bigintOf, checkParameters, llong, ullong } from './parameters.ts';

const types = { cpu_shares: 'ullong', vcpu_period: 'ullong', vcpu_quota: 'llong' } as const;

/** What the kernel takes, by the names and brackets of libvirt's messages; period and quota in microseconds. */
const ranges = {
  shares: { low: 2n, high: 262144n, brackets: ['[', ']'] },
  cfs_period: { low: 1000n, high: 1000000n, brackets: ['(', ')'] },
  cfs_quota: { low: 1000n, high: 17592186044415n, brackets: ['(', ')'] },
} as const;

type Scheduler = Pick<
  DomainTuning,
  'domainGetSchedulerType' | 'domainGetSchedulerParametersFlags' | 'domainSetSchedulerParametersFlags'
>;

/** virsh schedinfo. */
export function scheduler(context: LxcContext): Scheduler {
  return {
    domainGetSchedulerType(ref) {
      const domain = context.domains.find(ref);
      const bandwidth = domain.running === null || cgroupOf(domain, 'cpu').cpuPeriod() !== null;
      return { type: 'posix', nparams: bandwidth ? 3 : 1 };
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetSchedulerParametersFlags(ref, flags) {
      const { domain, live, definition } = asked(context, ref, flags, 'lxcDomainGetSchedulerParametersFlags');
      return live ? liveParameters(cgroupOf(domain, 'cpu'), definition) : stored(definition.cputune);
    },

    async domainSetSchedulerParametersFlags(ref, params, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetSchedulerParametersFlags');
      checkParameters(params, types);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        const change = (definition: DomainDefinition): DomainDefinition => withScheduler(definition, params);
        if (which.live) await applyScheduler(cgroupOf(domain, 'cpu'), params, domain.definition, change);
        await changeDefinitions(context, domain, which, change);
        if (which.live) context.events.emit({ kind: 'tunable', domain: domainRef(domain), params: asEvent(params) });
      });
    },
  };
}

const stored = ({ shares, period, quota }: CpuTuning): TypedParameter[] => [
  ullong('cpu_shares', shares ?? 0n),
  ullong('vcpu_period', period ?? 0n),
  llong('vcpu_quota', quota ?? 0n),
];

function liveParameters(cgroup: Cgroup, definition: DomainDefinition): TypedParameter[] {
  const shares = ullong('cpu_shares', cgroup.cpuShares(definition.cputune.shares) ?? 0n);
  const period = cgroup.cpuPeriod();
  if (period === null) return [shares];
  return [shares, ullong('vcpu_period', period), llong('vcpu_quota', liveQuota(cgroup, definition))];
}

/** The kernel's, unless that is the work of a count of vCPUs: then what was asked for beside it. */
function liveQuota(cgroup: Cgroup, definition: DomainDefinition): bigint {
  const quota = cgroup.cpuQuota();
  const counted = definition.vcpu.current !== null && quota === cpuQuota(definition);
  return (counted ? definition.cputune.quota : quota) ?? -1n;
}

/** 0 is libvirt's "not set", for the period and the quota. */
function withScheduler(definition: DomainDefinition, params: readonly TypedParameter[]): DomainDefinition {
  const { cputune } = definition;
  const given = (field: keyof typeof types, present: bigint | null): bigint | null =>
    bigintOf(params, field) ?? present;
  return {
    ...definition,
    cputune: {
      ...cputune,
      shares: given('cpu_shares', cputune.shares),
      period: given('vcpu_period', cputune.period) || null,
      quota: given('vcpu_quota', cputune.quota) || null,
    },
  };
}

const asEvent = (params: readonly TypedParameter[]): TypedParameter[] =>
  params.map(param => ({ ...param, field: `cputune.${param.field}` }));

function inRange(value: bigint, name: keyof typeof ranges): bigint {
  const { low, high, brackets } = ranges[name];
  if (value >= low && value <= high) return value;
  const range = `${brackets[0]}${low}, ${high}${brackets[1]}`;
  throw errors.invalidArg(`${name} '${value}' must be in range ${range}`, ErrorDomain.CGROUP);
}

/** A count of vCPUs limits the quota as well, and is counted in periods. */
async function applyScheduler(
  cgroup: Cgroup,
  params: readonly TypedParameter[],
  definition: DomainDefinition,
  change: DefinitionChange,
): Promise<void> {
  const shares = bigintOf(params, 'cpu_shares');
  const period = bigintOf(params, 'vcpu_period');
  const quota = bigintOf(params, 'vcpu_quota');
  await cgroupCall(() => {
    if (shares !== null) cgroup.setCpuShares(inRange(shares, 'shares'));
    if (period !== null && period !== 0n) cgroup.setCpuPeriod(inRange(period, 'cfs_period'));
    if (quota !== null && quota > 0n) inRange(quota, 'cfs_quota');
    const changed = change(definition);
    if ((quota !== null && quota !== 0n) || cpuQuota(changed) !== cpuQuota(definition))
      cgroup.setCpuQuota(cpuQuota(changed));
  });
}
