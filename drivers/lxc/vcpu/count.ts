import {
  DomainState,
  DomainVcpuFlags as Flags,
  ErrorDomain,
  VcpuHostCpuState,
  VcpuState,
} from '../../contract/constants.ts';
import type { DomainVcpus } from '../../contract/domain-vcpus.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { affected, checkOneImpact, type Affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { readDefinition } from '../tuning/definitions.ts';
import { vcpuCount } from './cpu-limits.ts';
import { changeCpus } from './change-cpus.ts';
import { hostCpus, vcpuAffinities } from './vcpu-affinity.ts';

type Count = Pick<DomainVcpus, 'connectGetMaxVcpus' | 'domainGetVcpusFlags' | 'domainSetVcpusFlags' | 'domainGetVcpus'>;

/** Nothing but the protocol limits it: as many as one answer can tell of. */
export const MAX_VCPUS = 16_384;

/** virsh maxvcpus, vcpucount, setvcpus, vcpuinfo. */
export function vcpuCounts(context: LxcContext): Count {
  return {
    connectGetMaxVcpus(type) {
      if (type === null || type.toLowerCase() === 'lxc') return MAX_VCPUS;
      throw errors.invalidArg(`unknown type '${type}'`);
    },

    domainGetVcpusFlags(ref, flags) {
      checkFlags(flags, Flags.LIVE | Flags.CONFIG | Flags.MAXIMUM | Flags.GUEST, 'lxcDomainGetVcpusFlags');
      checkOneImpact(flags);
      const domain = context.domains.find(ref);
      const definition = readDefinition(domain, affected(domain, flags));
      refuseGuest(flags);
      return (flags & Flags.MAXIMUM) === 0 ? vcpuCount(definition) : definition.vcpu.max;
    },

    async domainSetVcpusFlags(ref, vcpus, flags) {
      checkFlags(flags, Flags.LIVE | Flags.CONFIG | Flags.MAXIMUM | Flags.GUEST, 'lxcDomainSetVcpusFlags');
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        refuseGuest(flags);
        if ((flags & Flags.MAXIMUM) === 0) await setCurrent(context, domain, which, vcpus);
        else await setMaximum(context, domain, which, vcpus);
      });
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetVcpus(ref, most) {
      const { definition, running, state } = context.domains.find(ref);
      if (running === null) throw errors.operationInvalid('cannot retrieve vcpu information for inactive domain');
      const count = vcpuCount(definition);
      const time = running.cgroup.cpuTime() ?? 0n;
      const affinityOf = vcpuAffinities(definition, hostCpus());
      return Array.from({ length: Math.min(count, most) }, (_, number) => {
        const affinity = affinityOf(number);
        const [only = VcpuHostCpuState.UNAVAILABLE, ...others] = affinity;
        return {
          number,
          state: state === DomainState.PAUSED ? VcpuState.BLOCKED : VcpuState.RUNNING,
          cpuTime: vcpuTime(time, number, count),
          cpu: others.length === 0 ? only : VcpuHostCpuState.UNAVAILABLE,
          affinity,
        };
      });
    },
  };
}

/** vCPUs of a container are shares of the host's, not threads: each has its part of the time, and the sum is right. */
export function vcpuTime(time: bigint, number: number, count: number): bigint {
  const each = time / BigInt(count);
  return number === 0 ? time - each * BigInt(count - 1) : each;
}

function refuseGuest(flags: number): void {
  if ((flags & Flags.GUEST) === 0) return;
  throw errors.argumentUnsupported('the CPUs of a container cannot be switched by what runs in it');
}

async function setCurrent(context: LxcContext, domain: LxcDomain, which: Affected, vcpus: number): Promise<void> {
  if (which.live) checkMaximum(vcpus, domain.definition, 'live');
  if (which.config) checkMaximum(vcpus, storedDefinition(domain), 'persistent');
  await changeCpus(context, domain, which, 'cpu', definition => ({
    ...definition,
    vcpu: { ...definition.vcpu, current: vcpus },
  }));
}

function checkMaximum(vcpus: number, { vcpu }: DomainDefinition, which: string): void {
  if (vcpus <= vcpu.max) return;
  const text = `requested vcpus is greater than max allowable vcpus for the ${which} domain: ${vcpus} > ${vcpu.max}`;
  throw errors.invalidArg(text, ErrorDomain.LXC);
}

/** vCPUs that were never counted follow the maximum. */
async function setMaximum(context: LxcContext, domain: LxcDomain, which: Affected, vcpus: number): Promise<void> {
  if (which.live) throw errors.invalidArg("maximum vcpu count of a live domain can't be modified");
  if (vcpus > MAX_VCPUS)
    throw errors.invalidArg(`requested vcpus is greater than max supported: ${vcpus} > ${MAX_VCPUS}`);
  await changeCpus(context, domain, which, 'cpu', definition => ({
    ...definition,
    vcpu: {
      ...definition.vcpu,
      max: vcpus,
      current: definition.vcpu.current === null ? null : Math.min(definition.vcpu.current, vcpus),
    },
  }));
}
