import { setCpuAffinity } from '../../../native/ffi/affinity.ts';
import { SystemCallError } from '../../../native/ffi/libc.ts';
import { DomainModificationImpact as Impact, ErrorDomain } from '../../contract/constants.ts';
import type { DomainVcpus } from '../../contract/domain-vcpus.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import { formatBitmap } from '../../xml/bitmap.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { emulatorPin, withEmulatorPin, withVcpuPin } from '../../xml/domain/pinned-cpus.ts';
import type { LxcContext } from '../context.ts';
import { domainRef } from '../list/domain-list.ts';
import { affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { asked } from '../tuning/asked.ts';
import { changeDefinitions } from '../tuning/definitions.ts';
import { string } from '../tuning/parameters.ts';
import { changeCpus } from './change-cpus.ts';
import { emulatorAffinity, hostCpus, vcpuAffinities } from './vcpu-affinity.ts';

type Pinning = Pick<
  DomainVcpus,
  'domainPinVcpuFlags' | 'domainGetVcpuPinInfo' | 'domainPinEmulator' | 'domainGetEmulatorPinInfo'
>;

/** virsh vcpupin, emulatorpin. */
export function pinning(context: LxcContext): Pinning {
  return {
    async domainPinVcpuFlags(ref, vcpu, cpus, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainPinVcpuFlags');
      const list = listOf(cpus);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        if (which.live) checkVcpu(vcpu, domain.definition, 'live');
        if (which.config) checkVcpu(vcpu, storedDefinition(domain), 'persistent');
        await changeCpus(context, domain, which, 'cpuset', definition => withVcpuPin(definition, vcpu, list));
        if (which.live)
          context.events.emit({
            kind: 'tunable',
            domain: domainRef(domain),
            params: [string(`cputune.vcpupin${vcpu}`, list)],
          });
      });
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetVcpuPinInfo(ref, most, flags) {
      const { definition } = asked(context, ref, flags, 'lxcDomainGetVcpuPinInfo');
      const affinityOf = vcpuAffinities(definition, hostCpus());
      return Array.from({ length: Math.min(most, definition.vcpu.max) }, (_, vcpu) => affinityOf(vcpu));
    },

    async domainPinEmulator(ref, cpus, flags) {
      checkFlags(flags, Impact.LIVE | Impact.CONFIG, 'lxcDomainPinEmulator');
      const list = listOf(cpus);
      await context.jobs.change(ref, async domain => {
        const which = affected(domain, flags);
        if (which.live) pinProcess(context.processes.running(domain).controllerPid, cpus);
        await changeDefinitions(context, domain, which, definition => withEmulatorPin(definition, list));
        if (which.live)
          context.events.emit({
            kind: 'tunable',
            domain: domainRef(domain),
            params: [string('cputune.emulatorpin', list)],
          });
      });
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetEmulatorPinInfo(ref, flags) {
      const { definition } = asked(context, ref, flags, 'lxcDomainGetEmulatorPinInfo');
      return emulatorAffinity(definition, hostCpus());
    },
  };
}

/** Where a controller that has just been launched is to run. */
export function pinController(definition: DomainDefinition, pid: number): void {
  if (emulatorPin(definition) !== null) pinProcess(pid, emulatorAffinity(definition, []));
}

function listOf(cpus: readonly number[]): string {
  if (cpus.length === 0) throw errors.invalidArg('Empty cpu list for pinning');
  return formatBitmap(cpus);
}

function checkVcpu(vcpu: number, { vcpu: { max } }: DomainDefinition, which: string): void {
  if (vcpu < max) return;
  throw errors.invalidArg(`vcpu ${vcpu} is out of range of ${which} cpu count ${max}`);
}

function pinProcess(pid: number, cpus: readonly number[]): void {
  try {
    setCpuAffinity(pid, cpus);
  } catch (cause) {
    if (!(cause instanceof SystemCallError)) throw cause;
    throw errors.systemError(`cannot set CPU affinity on process ${pid}: ${cause.message}`, ErrorDomain.NONE, {
      cause,
    });
  }
}
