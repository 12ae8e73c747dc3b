import type { DomainListing } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainListProcedures } from '../../protocol/programs/remote/domain-list.ts';
import { DOMAIN_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { requireNonNegative, requireRoom } from './argument.ts';
import { wholeList } from './whole-list.ts';

/** Finding domains. The two old lists are cut to the client's room; the new one is whole or fails. */
export function domainListHandlers(driver: DomainListing) {
  return {
    connectListDomains(_call, { maxids }) {
      requireRoom('maxids', maxids, DOMAIN_LIST_MAX, 'REMOTE_DOMAIN_LIST_MAX');
      return { ids: driver.connectListDomains().slice(0, maxids) };
    },
    connectNumOfDomains: () => ({ num: driver.connectNumOfDomains() }),
    connectListDefinedDomains(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, DOMAIN_LIST_MAX, 'REMOTE_DOMAIN_LIST_MAX');
      return { names: driver.connectListDefinedDomains().slice(0, maxnames) };
    },
    connectNumOfDefinedDomains: () => ({ num: driver.connectNumOfDefinedDomains() }),
    connectListAllDomains(_call, { needResults, flags }) {
      const all = driver.connectListAllDomains(flags);
      const { list: domains, ret } = wholeList('domains', all, needResults, DOMAIN_LIST_MAX);
      return { domains, ret };
    },
    domainLookupById(_call, { id }) {
      requireNonNegative('virDomainLookupByID', 'id', id);
      return { dom: driver.domainLookupById(id) };
    },
    domainLookupByUuid: (_call, { uuid }) => ({ dom: driver.domainLookupByUuid(uuid) }),
    domainLookupByName: (_call, { name }) => ({ dom: driver.domainLookupByName(name) }),
  } satisfies Handlers<typeof domainListProcedures, Call>;
}
