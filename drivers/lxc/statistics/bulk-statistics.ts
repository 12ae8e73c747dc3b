import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { KeptFiles } from '../../../native/cgroup/kept-files.ts';
import type { BulkStatistics, DomainStatisticsRecord } from '../../contract/bulk-statistics.ts';
import { ConnectGetAllDomainStatsFlags as Flags } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import { listFilter } from '../../objects/list-filter.ts';
import { domainListGroups } from '../list/list-filters.ts';
import { HostFigures } from './host-figures.ts';
import { statisticsGroups, supportedGroups, type StatisticsGroup } from './statistics-groups.ts';

/** These have the values that they have for listing. */
const FILTERS =
  Flags.ACTIVE |
  Flags.INACTIVE |
  Flags.PERSISTENT |
  Flags.TRANSIENT |
  Flags.RUNNING |
  Flags.PAUSED |
  Flags.SHUTOFF |
  Flags.OTHER;

/** How long other clients wait while domains are read, in ms. */
const SLICE = 10;

/** Who polls does so every few seconds. */
const KEEP_OPEN = 30_000;
/** Enough for a thousand containers; starting one takes longer the more there are, by 0.02 ms a thousand. */
const MOST_OPEN = 8192;

/** `virsh domstats`: what many domains are and have used. No call waits for a domain's job, so NOWAIT changes nothing. */
export function bulkStatistics({ domains, images }: Pick<LxcContext, 'domains' | 'images'>): BulkStatistics {
  const files = new KeptFiles(Math.min(MOST_OPEN, openFilesLimit() / 2), KEEP_OPEN);

  const wanted = (refs: readonly DomainRef[] | null, flags: number): LxcDomain[] => {
    const listed = refs === null ? [...domains.all()] : refs.flatMap(({ uuid }) => domains.byUuid(uuid) ?? []);
    return listed.filter(listFilter(domainListGroups, flags & FILTERS));
  };

  return {
    async connectGetAllDomainStats(refs, stats, flags) {
      checkFlags(flags, FILTERS | Flags.NOWAIT | Flags.BACKING | Flags.ENFORCE_STATS, 'lxcConnectGetAllDomainStats');
      const groups = chosenGroups(stats, (flags & Flags.ENFORCE_STATS) !== 0);
      const host = new HostFigures(files.read, (name, file) => images.deviceOf(name, file));
      const records: DomainStatisticsRecord[] = [];
      let end = performance.now() + SLICE;
      for (const domain of wanted(refs, flags)) {
        if (performance.now() > end) {
          await turn();
          end = performance.now() + SLICE;
        }
        if (domains.has(domain))
          records.push({ dom: domainRef(domain), params: groups.flatMap(group => group(domain, host)) });
      }
      return records;
    },
  };
}

function chosenGroups(stats: number, enforce: boolean): StatisticsGroup[] {
  const unsupported = (stats & ~supportedGroups) >>> 0;
  if (enforce && unsupported !== 0)
    throw errors.argumentUnsupported(`Stats types bits 0x${unsupported.toString(16)} are not supported by this daemon`);
  return statisticsGroups.filter(([bit]) => stats === 0 || (stats & bit) !== 0).map(([, group]) => group);
}

function openFilesLimit(): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Infinity : Number(limit);
}
