import { checkFlags } from '../../contract/flags.ts';
import { errors } from '../../contract/error.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { DomainListing } from '../../contract/hypervisor.ts';
import { flagsOf, listFilter } from '../../objects/list-filter.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainId, domainRef } from '../list/domain-list.ts';
import { domainListGroups } from '../list/list-filters.ts';

function found(domain: LxcDomain | undefined, by: string): DomainRef {
  if (domain === undefined) throw errors.noDomain(`No domain with matching ${by}`);
  return domainRef(domain);
}

/** Finding domains. */
export function listing({ domains, processes }: LxcContext): DomainListing {
  const inactive = (): LxcDomain[] => [...domains.all()].filter(({ running }) => running === null);
  return {
    connectListDomains: () => [...processes.all()].map(([domain]) => domainId(domain)),
    connectNumOfDomains: () => processes.size,
    connectListDefinedDomains: () => inactive().map(({ name }) => name),
    connectNumOfDefinedDomains: () => inactive().length,
    connectListAllDomains(flags) {
      checkFlags(flags, flagsOf(domainListGroups), 'lxcConnectListAllDomains');
      const wanted = listFilter(domainListGroups, flags);
      return [...domains.all()].filter(wanted).map(domainRef);
    },
    domainLookupById: id => found(domains.byId(id), `id ${id}`),
    domainLookupByUuid: uuid => found(domains.byUuid(uuid), `uuid '${uuid}'`),
    domainLookupByName: name => found(domains.byName(name), `name '${name}'`),
  };
}
