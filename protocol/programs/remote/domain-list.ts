import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, struct, uint, uuid } from '../../xdr/index.ts';
import { CONNECT_GET_ALL_DOMAIN_STATS_MAX, DOMAIN_LIST_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const connectListDefinedDomainsArgs = struct({ maxnames: int });
export const connectListDefinedDomainsRet = struct({ names: array(text, DOMAIN_LIST_MAX) });
export const domainLookupByIdArgs = struct({ id: int });
export const domainLookupByIdRet = struct({ dom: domain });
export const domainLookupByNameArgs = struct({ name: text });
export const domainLookupByNameRet = struct({ dom: domain });
export const domainLookupByUuidArgs = struct({ uuid: uuid });
export const domainLookupByUuidRet = struct({ dom: domain });
export const connectNumOfDefinedDomainsRet = struct({ num: int });
export const connectListDomainsArgs = struct({ maxids: int });
export const connectListDomainsRet = struct({ ids: array(int, DOMAIN_LIST_MAX) });
export const connectNumOfDomainsRet = struct({ num: int });
export const connectListAllDomainsArgs = struct({ needResults: int, flags: uint });
export const connectListAllDomainsRet = struct({ domains: array(domain, DOMAIN_LIST_MAX), ret: uint });
export const connectGetAllDomainStatsArgs = struct({ doms: array(domain, DOMAIN_LIST_MAX), stats: uint, flags: uint });
export const domainStatsRecord = struct({
  dom: domain,
  params: array(typedParameter, CONNECT_GET_ALL_DOMAIN_STATS_MAX),
});
export const connectGetAllDomainStatsRet = struct({ retStats: array(domainStatsRecord, DOMAIN_LIST_MAX) });

/** Finding domains, and statistics of many at once. */
export const domainListProcedures = {
  connectListDefinedDomains: {
    number: 21,
    args: connectListDefinedDomainsArgs,
    ret: connectListDefinedDomainsRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  domainLookupById: {
    number: 22,
    args: domainLookupByIdArgs,
    ret: domainLookupByIdRet,
    priority: 'high',
    acl: ['domain:getattr'],
    readOnly: true,
  },
  domainLookupByName: {
    number: 23,
    args: domainLookupByNameArgs,
    ret: domainLookupByNameRet,
    priority: 'high',
    acl: ['domain:getattr'],
    readOnly: true,
  },
  domainLookupByUuid: {
    number: 24,
    args: domainLookupByUuidArgs,
    ret: domainLookupByUuidRet,
    priority: 'high',
    acl: ['domain:getattr'],
    readOnly: true,
  },
  connectNumOfDefinedDomains: {
    number: 25,
    ret: connectNumOfDefinedDomainsRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectListDomains: {
    number: 37,
    args: connectListDomainsArgs,
    ret: connectListDomainsRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectNumOfDomains: {
    number: 51,
    ret: connectNumOfDomainsRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectListAllDomains: {
    number: 273,
    args: connectListAllDomainsArgs,
    ret: connectListAllDomainsRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectGetAllDomainStats: {
    number: 344,
    args: connectGetAllDomainStatsArgs,
    ret: connectGetAllDomainStatsRet,
    acl: ['connect:search_domains'],
    aclFilter: 'domain:read',
    readOnly: true,
  },
} satisfies ProcedureTable;
