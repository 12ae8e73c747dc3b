import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { DomainMemoryModFlags as Flags, ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import { systemPageSize } from '../node/pages.ts';
import { affected, type Affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { cgroupOf } from './cgroup-call.ts';
import { changeDefinitions } from './definitions.ts';

const PAGE_BYTES = BigInt(systemPageSize) * 1024n;

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

/**
 * A container that has all that it may have gets all of the new maximum while it runs; one that was given less keeps
 * that, as far as it may.
 */
async function setMaximum(context: LxcContext, domain: LxcDomain, which: Affected, memory: bigint): Promise<void> {
  const before = domain.definition;
  if (which.live) {
    const cgroup = cgroupOf(domain, 'memory');
    const limit = cgroup.memory()?.limit ?? null;
    const allowed = pages(before.memory * 1024n);
    if (limit === allowed || (limit !== null && limit > memory * 1024n)) await resize(cgroup, memory);
  }
  await changeDefinitions(context, domain, which, definition => ({
    ...definition,
    memory,
    currentMemory: follows(definition, memory, which.live) ? memory : definition.currentMemory,
  }));
  if (which.live && domain.definition.currentMemory !== before.currentMemory) tellBalloon(context, domain);
}

const follows = ({ memory, currentMemory }: DomainDefinition, maximum: bigint, live: boolean): boolean =>
  currentMemory > maximum || (live && currentMemory === memory);

/** The kernel counts memory in pages. */
const pages = (bytes: bigint): bigint => bytes - (bytes % PAGE_BYTES);

async function resize(cgroup: Cgroup, memory: bigint): Promise<void> {
  try {
    await cgroup.resizeMemoryLimit(memory * 1024n);
  } catch (cause) {
    throw errors.operationFailed('Failed to set memory for domain', ErrorDomain.LXC, { cause });
  }
}

function tellBalloon({ events }: LxcContext, domain: LxcDomain): void {
  events.emit({ kind: 'balloonChange', domain: domainRef(domain), actual: domain.definition.currentMemory });
}

async function setCurrent(context: LxcContext, domain: LxcDomain, which: Affected, memory: bigint): Promise<void> {
  const bounds = [
    ...(which.live ? [domain.definition.memory] : []),
    ...(which.config ? [storedDefinition(domain).memory] : []),
  ];
  if (bounds.some(most => memory > most)) throw errors.invalidArg('Cannot set memory higher than max memory');
  if (which.live) await resize(cgroupOf(domain, 'memory'), memory);
  await changeDefinitions(context, domain, which, definition => ({ ...definition, currentMemory: memory }));
  if (which.live) tellBalloon(context, domain);
}
