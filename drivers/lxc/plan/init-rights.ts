import type { Init } from '../../../native/plan/plan.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { domainCapabilities } from './capabilities.ts';
import type { SystemCallFilters } from './system-call-filters.ts';

/** What a container's programs may do at most. */
export type InitRights = Pick<Init, 'capabilities' | 'noNewPrivileges' | 'seccomp' | 'label'>;

/** What the rights of a container follow from, apart from its definition. */
export interface RightsOfHost {
  readonly capabilities: bigint;
  readonly systemCalls: SystemCallFilters;
}

/** The rights that init starts with. `label`: see DomainSecurity. */
export function initRights(definition: DomainDefinition, host: RightsOfHost, label: Init['label']): InitRights {
  const capabilities = domainCapabilities(definition, host.capabilities);
  // To a user namespace's capabilities the kernel itself gives neither modules nor clocks.
  const ofHost = definition.idmap.uid.length > 0 ? 0n : capabilities;
  return { capabilities, noNewPrivileges: false, seccomp: host.systemCalls.for(ofHost), label };
}
