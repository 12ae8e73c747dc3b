import { setImmediate as turn } from 'node:timers/promises';
import type { BulkStatistics, DomainStatisticsRecord } from '../../drivers/contract/bulk-statistics.ts';
import { DomainState, DomainStatsTypes as Stats } from '../../drivers/contract/constants.ts';
import { deviceRows, domainInfo, domainRows, domainState } from './domain-rows.ts';
import type { Exposition } from './exposition.ts';
import { gauge } from './family.ts';
import { labels, labelValue } from './label.ts';

/** Bounds of what is told one by one, whatever is defined: so many domains, so many devices of each. What is more is counted. */
export const MOST_DOMAINS = 5000;
export const MOST_DEVICES = 64;

/** Not the vCPUs: a container has none of its own. */
const GROUPS = Stats.STATE | Stats.CPU_TOTAL | Stats.BALLOON | Stats.INTERFACE | Stats.BLOCK | Stats.MEMORY;

/** How long clients wait while samples are written, in ms; reading the figures has slices of its own. */
const SLICE = 10;

export const omitted = gauge('lxvirtd_scrape_omitted', 'What there was too much of to be told one by one.', 'kind');

const stateNames = new Map<unknown, string>([
  [DomainState.RUNNING, 'running'],
  [DomainState.PAUSED, 'paused'],
  [DomainState.SHUTOFF, 'shutoff'],
]);

/** What all domains are and have used, as far as their driver tells. All samples of a domain are of one moment. */
export async function exposeDomains(into: Exposition, driver: Partial<BulkStatistics>): Promise<void> {
  const records = (await driver.connectGetAllDomainStats?.(null, GROUPS, 0)) ?? [];
  let devices = 0;
  let end = performance.now() + SLICE;
  for (const record of records.slice(0, MOST_DOMAINS)) {
    if (performance.now() > end) {
      await turn();
      end = performance.now() + SLICE;
    }
    devices += exposeDomain(into, record);
  }
  into.add(omitted, 'kind="domain"', Math.max(0, records.length - MOST_DOMAINS));
  into.add(omitted, 'kind="device"', devices);
}

/** Returns how many devices were left out. */
export function exposeDomain(into: Exposition, { dom, params }: DomainStatisticsRecord): number {
  const domain = labels({ domain: labelValue(dom.name) });
  into.add(domainInfo, `${domain},${labels({ uuid: dom.uuid })}`, 1);
  const devices = new Devices(domain);
  for (const { field, value } of params) {
    if (field === 'state.state') exposeState(into, domain, value);
    else if (typeof value === 'string') devices.named(field, value);
    else if (typeof value !== 'boolean') {
      const row = domainRows.get(field);
      if (row === undefined) devices.expose(into, field, value);
      else into.add(row.family, row.labels === '' ? domain : `${domain},${row.labels}`, row.scale(value));
    }
  }
  return devices.omitted;
}

function exposeState(into: Exposition, domain: string, state: unknown): void {
  for (const [number, name] of stateNames)
    into.add(domainState, `${domain},${labels({ state: name })}`, number === state ? 1 : 0);
}

/** The devices of one domain: their name comes before their figures, and is no other device's of the group. */
class Devices {
  readonly #domain: string;
  readonly #labels = new Map<string, string>();
  readonly #names = new Set<string>();
  omitted = 0;

  constructor(domain: string) {
    this.#domain = domain;
  }

  /** "net.0.name" */
  named(field: string, value: string): void {
    if (!field.endsWith('.name')) return;
    const device = field.slice(0, -'.name'.length);
    const name = labelValue(value);
    const unique = `${device.split('.', 1)[0]} ${name}`;
    if (this.#labels.size >= MOST_DEVICES || this.#names.has(unique)) this.omitted += 1;
    else {
      this.#names.add(unique);
      this.#labels.set(device, `${this.#domain},${labels({ device: name })}`);
    }
  }

  /** "net.0.rx.bytes" */
  expose(into: Exposition, field: string, value: number | bigint): void {
    const group = field.indexOf('.');
    const number = field.indexOf('.', group + 1);
    const row = deviceRows.get(field.slice(0, group))?.get(field.slice(number + 1));
    const labels = row === undefined ? undefined : this.#labels.get(field.slice(0, number));
    if (row !== undefined && labels !== undefined) into.add(row.family, labels, row.scale(value));
  }
}
