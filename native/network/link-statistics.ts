import { readFileSync } from 'node:fs';
import { statisticsOf, type LinkStatistics } from './link-message.ts';

/** What is read: a table with two lines of headings, then "name: " and 8 figures received, 8 sent. */
const TABLE = '/proc/net/dev';

/** Of a figure among a line's sixteen. */
const columns = {
  rxBytes: 0,
  rxPackets: 1,
  rxErrors: 2,
  rxDrops: 3,
  txBytes: 8,
  txPackets: 9,
  txErrors: 10,
  txDrops: 11,
} as const satisfies Record<keyof LinkStatistics, number>;

/**
 * The counters of all links of the host by name, in one reading: a thousand links take some 5 ms, a third of a netlink
 * dump that names them.
 */
export function linkStatistics(table: string = readFileSync(TABLE, 'utf8')): ReadonlyMap<string, LinkStatistics> {
  const all = new Map<string, LinkStatistics>();
  for (const line of table.split('\n').slice(2)) {
    // a name has no colon
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const figures = line.slice(colon + 1).match(/\d+/g) ?? [];
    const counter = (name: keyof LinkStatistics): bigint => BigInt(figures[columns[name]] ?? 0);
    all.set(line.slice(0, colon).trim(), statisticsOf(counter));
  }
  return all;
}
