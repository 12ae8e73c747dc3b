import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import { affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import type { DomainDefinition, MemoryTuning } from '../../xml/domain/definition.ts';
import { asked } from './asked.ts';
import { cgroupCall, cgroupOf } from './cgroup-call.ts';
import { changeDefinitions } from './definitions.ts';
import { bigintOf, checkParameters, ullong } from './parameters.ts';

/** libvirt's number for "no limit", in KiB. */
const unlimited = 9007199254740991n;

const types = { hard_limit: 'ullong', soft_limit: 'ullong', swap_hard_limit: 'ullong' } as const;

type Limits = Pick<MemoryTuning, 'hardLimit' | 'softLimit' | 'swapHardLimit'>;

type MemoryParameters = Pick<DomainTuning, 'domainGetMemoryParameters' | 'domainSetMemoryParameters'>;

/** virsh memtune. */
export function memoryParameters(context: LxcContext): MemoryParameters {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetMemoryParameters(ref, flags) {
      const { domain, live, definition } = asked(context, ref, flags, 'lxcDomainGetMemoryParameters');
      return live ? liveLimits(cgroupOf(domain, 'memory')) : asParameters(definition.memtune);
    },

    async domainSetMemoryParameters(ref, params, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainSetMemoryParameters');
      checkParameters(params, types);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        if (which.live) checkOrder(domain.definition, params);
        if (which.config) checkOrder(storedDefinition(domain), params);
        if (which.live) await applyLimits(cgroupOf(domain, 'memory'), params);
        await changeDefinitions(context, domain, which, definition => withLimits(definition, params));
      });
    },
  };
}

const asParameters = ({ hardLimit, softLimit, swapHardLimit }: Limits): TypedParameter[] => [
  ullong('hard_limit', hardLimit ?? unlimited),
  ullong('soft_limit', softLimit ?? unlimited),
  ullong('swap_hard_limit', swapHardLimit ?? unlimited),
];

const kib = (bytes: bigint | null | undefined): bigint | null => (bytes == null ? null : bytes / 1024n);

function liveLimits(cgroup: Cgroup): TypedParameter[] {
  const figures = cgroup.memory();
  return asParameters({
    hardLimit: kib(figures?.limit),
    softLimit: kib(figures?.softLimit),
    swapHardLimit: kib(figures?.swapLimit),
  });
}

/** What was given replaces what was set; "no limit" is not stored. */
function withLimits(definition: DomainDefinition, params: readonly TypedParameter[]): DomainDefinition {
  const { memtune } = definition;
  const limit = (field: keyof typeof types, present: bigint | null): bigint | null => {
    const given = bigintOf(params, field);
    return given === null ? present : given >= unlimited ? null : given;
  };
  return {
    ...definition,
    memtune: {
      ...memtune,
      hardLimit: limit('hard_limit', memtune.hardLimit),
      softLimit: limit('soft_limit', memtune.softLimit),
      swapHardLimit: limit('swap_hard_limit', memtune.swapHardLimit),
    },
  };
}

/** 0 is without limit in libvirt's comparison. */
const bounded = (limit: bigint | null): bigint => (limit === null || limit === 0n ? unlimited : limit);

/** Memory and swap together cannot be less than memory alone. Of no interest while neither is set. */
function checkOrder({ memtune }: DomainDefinition, params: readonly TypedParameter[]): void {
  const hard = bigintOf(params, 'hard_limit');
  const swap = bigintOf(params, 'swap_hard_limit');
  if (hard === null && swap === null) return;
  if (bounded(hard ?? memtune.hardLimit) <= bounded(swap ?? memtune.swapHardLimit)) return;
  const detail = 'memory hard_limit tunable value must be lower than or equal to swap_hard_limit';
  throw errors.invalidArg(detail, ErrorDomain.DOMAIN);
}

type Step = readonly [keyof typeof types, (cgroup: Cgroup, bytes: bigint | null) => Promise<void> | void];

const soft: Step = ['soft_limit', (cgroup, bytes) => cgroup.setMemorySoftLimit(bytes)];
const hard: Step = ['hard_limit', (cgroup, bytes) => cgroup.resizeMemoryLimit(bytes)];
const swap: Step = ['swap_hard_limit', (cgroup, bytes) => cgroup.resizeSwapLimit(bytes)];

/** In the order in which no step passes through a state that the kernel refuses. */
async function applyLimits(cgroup: Cgroup, params: readonly TypedParameter[]): Promise<void> {
  const present = cgroup.memory()?.limit ?? null;
  const wanted = bigintOf(params, 'hard_limit');
  const lowered = wanted !== null && wanted < unlimited && (present === null || wanted * 1024n < present);
  for (const [field, set] of lowered ? [soft, hard, swap] : [soft, swap, hard]) {
    const limit = bigintOf(params, field);
    if (limit === null) continue;
    if (limit > unlimited)
      throw errors.invalidArg(`Memory '${limit}' must be less than ${unlimited}`, ErrorDomain.CGROUP);
    await cgroupCall(() => set(cgroup, limit === unlimited ? null : limit * 1024n));
  }
}
