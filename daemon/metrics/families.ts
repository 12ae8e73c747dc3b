import { callFamilies } from './call-figures.ts';
import { omitted } from './domain-figures.ts';
import { domainFamilies } from './domain-rows.ts';
import { gauge, type Family } from './family.ts';
import { processFamilies } from './process-figures.ts';
import { serverFamilies } from './server-figures.ts';

export const scrapeDuration = gauge('lxvirtd_scrape_duration_seconds', 'How long it took to collect all this.');

/** All there are, in the order in which they are written; docs/metrics.md lists them. */
export const families: readonly Family[] = [
  ...Object.values(processFamilies),
  ...Object.values(callFamilies),
  ...Object.values(serverFamilies),
  ...domainFamilies,
  omitted,
  scrapeDuration,
];
