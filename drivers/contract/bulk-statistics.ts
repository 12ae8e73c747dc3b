import type { DomainRef, TypedParameter } from './domain.ts';

/** What is known of one domain, in libvirt's names: "cpu.time", "net.0.rx.bytes". */
export interface DomainStatisticsRecord {
  readonly dom: DomainRef;
  readonly params: readonly TypedParameter[];
}

/** Statistics of many domains in one call. */
export interface BulkStatistics {
  /**
   * Of the `domains`, those that are gone passed over, or of all when null; each also has to pass the filters in
   * `flags`. `stats` is virDomainStatsTypes, 0 for all; groups that the driver does not have are left out or, with
   * ENFORCE_STATS, refused (argumentUnsupported). A group that does not apply to a domain as it is adds nothing.
   */
  connectGetAllDomainStats(
    domains: readonly DomainRef[] | null,
    stats: number,
    flags: number,
  ): Promise<DomainStatisticsRecord[]>;
}
