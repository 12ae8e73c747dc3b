import { DomainMemoryModFlags as Flags, ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import { affected, type Affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { cgroupOf } from './cgroup-call.ts';
import { changeDefinitions } from './definitions.ts';

type MemorySize = Pick<DomainTuning, 'domainGetMaxMemory' | 'domainSetMaxMemory' | 'domainSetMemoryFlags'>;

/** How much memory a domain has, and the most it may be given while it runs. KiB. */
export function memorySize(context: LxcContext): MemorySize {
  const setMemory: MemorySize['domainSetMemoryFlags'] = async (ref, memory, flags) => {
    checkFlags(flags, Flags.LIVE | Flags.CONFIG | Flags.MAXIMUM, 'lxcDomainSetMemoryFlags');
    await context.jobs.change(ref, domain => {
      const which = affected(domain, flags);
      return (flags & Flags.MAXIMUM) === 0
        ? setCurrent(context, domain, which, memory)
        : setMaximum(context, domain, which, memory);
    });
  };
  return {
    domainGetMaxMemory: ref => context.domains.find(ref).definition.memory,
    domainSetMaxMemory: (ref, memory) => setMemory(ref, memory, Flags.MAXIMUM),
    domainSetMemoryFlags: setMemory,
  };
}

async function setMaximum(context: LxcContext, domain: LxcDomain, which: Affected, memory: bigint): Promise<void> {
  if (which.live) throw errors.operationInvalid('Cannot resize the max memory on an active domain');
  await changeDefinitions(context, domain, which, definition => ({
    ...definition,
    memory,
    currentMemory: definition.currentMemory > memory ? memory : definition.currentMemory,
  }));
}

async function setCurrent(context: LxcContext, domain: LxcDomain, which: Affected, memory: bigint): Promise<void> {
  const bounds = [
    ...(which.live ? [domain.definition.memory] : []),
    ...(which.config ? [storedDefinition(domain).memory] : []),
  ];
  if (bounds.some(most => memory > most)) throw errors.invalidArg('Cannot set memory higher than max memory');
  if (which.live) {
    try {
      await cgroupOf(domain, 'memory').resizeMemoryLimit(memory * 1024n);
    } catch (cause) {
      throw errors.operationFailed('Failed to set memory for domain', ErrorDomain.LXC, { cause });
    }
  }
  await changeDefinitions(context, domain, which, definition => ({ ...definition, currentMemory: memory }));
  if (which.live) context.events.emit({ kind: 'balloonChange', domain: domainRef(domain), actual: memory });
}
