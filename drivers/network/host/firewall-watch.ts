import { readFile } from 'node:fs/promises';
import { nftGeneration } from '../../../native/firewall/nft-state.ts';
import type { Log } from '../../contract/log.ts';

/** How often it is looked whether somebody changed the host's firewall, in ms. */
export const WATCH_INTERVAL = 30_000;

/** A host whose firewall changes all the time is looked at for this part of the time at most. */
const SHARE_MAX = 1 / 5;

/** Names of the tables of iptables where it is no front of nftables. */
const legacyTables = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'] as const;

/**
 * Those who have rules of their own may start after us, and some begin with removing everybody's. This says so, and costs a
 * message to the kernel where nothing changed. Our own changes are changes too: each is followed by one look that finds nothing.
 */
export class FirewallWatch {
  readonly #changed: () => Promise<void>;
  readonly #interval: number;
  readonly #log: Log;
  #timer: NodeJS.Timeout | null = null;
  #seen: string | null = null;
  #isLooking = false;
  #restsUntil = 0;

  /** What `changed` throws is reported; `interval` in ms. */
  constructor(changed: () => Promise<void>, interval: number, log: Log) {
    this.#changed = changed;
    this.#log = log;
    this.#interval = interval;
  }

  /** Again is nothing. The process is not kept from ending. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#look(), this.#interval).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#seen = null;
  }

  async #look(): Promise<void> {
    const start = performance.now();
    if (this.#isLooking || start < this.#restsUntil) return;
    this.#isLooking = true;
    try {
      // before anything is looked at: what changes meanwhile is seen next time
      const state = await firewallState();
      if (state === this.#seen) return;
      this.#seen = state;
      await this.#changed();
      const end = performance.now();
      this.#restsUntil = end + (end - start) / SHARE_MAX;
    } catch (error) {
      this.#log.warn({ error }, 'What became of the firewall could not be looked at');
    } finally {
      this.#isLooking = false;
    }
  }
}

async function firewallState(): Promise<string> {
  const legacy = await Promise.all(legacyTables.map(path => readFile(path, 'utf8').catch(() => '')));
  return [nftGeneration() ?? '', ...legacy].join('\0');
}
