import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { BulkStatistics } from '../../drivers/contract/bulk-statistics.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainListProcedures } from '../../protocol/programs/remote/domain-list.ts';
import { DOMAIN_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';

export const bulkStatisticsCalls = ['connectGetAllDomainStats'] as const satisfies readonly (keyof BulkStatistics)[];

/** What many domains have used, in one call. */
export function domainBulkStatisticsHandlers(driver: BulkStatistics) {
  return {
    async connectGetAllDomainStats(_call, { doms, stats, flags }) {
      // the wire has no other way to ask for all
      const retStats = await driver.connectGetAllDomainStats(doms.length === 0 ? null : doms, stats, flags);
      if (retStats.length > DOMAIN_LIST_MAX)
        throw errors.internalError(
          `Number of domain stats records is ${retStats.length}, which exceeds max limit: ${DOMAIN_LIST_MAX}`,
          ErrorDomain.RPC,
        );
      return { retStats };
    },
  } satisfies Handlers<typeof domainListProcedures, Call>;
}
