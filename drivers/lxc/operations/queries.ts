import { DomainXMLFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainQueries } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import { domainId } from '../list/domain-list.ts';
import { storedDefinition } from './claim.ts';
import { formatDomain } from '../../xml/domain/format.ts';

type Queries = Pick<
  DomainQueries,
  | 'domainGetInfo'
  | 'domainGetState'
  | 'domainGetXmlDesc'
  | 'domainGetOsType'
  | 'domainIsActive'
  | 'domainIsPersistent'
  | 'domainIsUpdated'
  | 'domainHasManagedSaveImage'
  | 'domainGetAutostart'
  | 'domainSetAutostart'
  | 'domainGetSecurityLabel'
>;

const { SECURE, INACTIVE, MIGRATABLE } = DomainXMLFlags;

/** What a domain is, and what is known of it without asking the container. */
export function queries({ domains, jobs, security, store }: LxcContext): Queries {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetInfo(ref) {
      const { definition, running, state } = domains.find(ref);
      const used = running?.cgroup.memoryUsage() ?? null;
      return {
        state,
        maxMemory: definition.memory,
        memory: used === null ? definition.currentMemory : used / 1024n,
        vcpus: definition.vcpu.current ?? definition.vcpu.max,
        cpuTime: running?.cgroup.cpuTime() ?? 0n,
      };
    },

    domainGetState(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainGetState');
      const { state, reason } = domains.find(ref);
      return { state, reason };
    },

    domainGetXmlDesc(ref, flags) {
      checkFlags(flags, SECURE | INACTIVE | MIGRATABLE, 'lxcDomainGetXMLDesc');
      const domain = domains.find(ref);
      const inactive = (flags & INACTIVE) !== 0;
      const id = domainId(domain);
      return formatDomain(inactive ? storedDefinition(domain) : domain.definition, {
        ...(id === -1 ? {} : { id }),
        inactive,
        secure: (flags & SECURE) !== 0,
      });
    },

    domainGetOsType: ref => domains.find(ref).definition.os.type,
    domainIsActive: ref => domains.find(ref).running !== null,
    domainIsPersistent: ref => domains.find(ref).persistent,
    domainIsUpdated: ref => domains.find(ref).updated,

    domainHasManagedSaveImage(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainHasManagedSaveImage');
      domains.find(ref);
      return false;
    },

    domainGetAutostart: ref => domains.find(ref).autostart,

    async domainSetAutostart(ref, autostart) {
      await jobs.change(ref, async domain => {
        if (!domain.persistent) throw errors.operationInvalid('Cannot set autostart for transient domain');
        if (domain.autostart === autostart) return;
        await store.definitions.setAutostart(domain.name, autostart);
        domain.autostart = autostart;
      });
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetSecurityLabel(ref) {
      const { running } = domains.find(ref);
      return running === null ? { label: '', enforcing: false } : security.labelOf(running.initPid);
    },
  };
}
