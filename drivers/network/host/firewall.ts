import { setTimeout as sleep } from 'node:timers/promises';
import { iptablesTables, iptablesText } from '../../../native/firewall/iptables-text.ts';
import { nftText } from '../../../native/firewall/nft-text.ts';
import { nft } from '../../../native/firewall/nft.ts';
import type { NetworkRules } from '../../../native/firewall/rule.ts';
import { runTool, ToolError } from '../../../native/tools/run-tool.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Log } from '../../contract/log.ts';

/** How long those that are adopted together may be apart, in ms. */
const ADOPTION_PAUSE = 50;

/** Writes the rules of all networks to the host's firewall, in place of those that it wrote before. */
export interface FirewallBackend {
  readonly name: string;
  replace(networks: readonly NetworkRules[]): Promise<void>;
}

/** Our table's name; that of a daemon with a root has its tag. */
export const tableName = (tag: string): string => `lxvirtd${tag}`;

/** One table, replaced in one transaction. */
export const nftables = (tag: string): FirewallBackend => ({
  name: 'nftables',
  async replace(networks) {
    await nft('apply', nftText(tableName(tag), networks));
  },
});

const families = { ipv4: 'iptables', ipv6: 'ip6tables' } as const;

/** Chains of ours before what others have; each of iptables' tables is changed in one go. */
export const iptables = (tag: string, log: Log): FirewallBackend => ({
  name: 'iptables',
  async replace(networks) {
    for (const family of ['ipv4', 'ipv6'] as const)
      for (const table of iptablesTables) {
        try {
          const present = await runTool(`${families[family]}-save`, ['-t', table]);
          const text = iptablesText(`LXVIRTD${tag}`, family, table, networks, present);
          if (text !== '') await runTool(`${families[family]}-restore`, ['--noflush', '--wait'], { input: text });
        } catch (error) {
          // not every kernel can fill in checksums, nor has IPv6's address translation; few guests miss them
          if (table !== 'mangle' && !(family === 'ipv6' && table === 'nat' && !usesNat6(networks))) throw error;
          log.warn({ error, table, family }, 'Rules of the firewall could not be set');
        }
      }
  },
});

const usesNat6 = (networks: readonly NetworkRules[]): boolean =>
  networks.some(({ rules }) =>
    rules.some(({ section, family }) => family === 'ipv6' && (section === 'source' || section === 'destination')),
  );

/**
 * The rules of a daemon's networks. Who changes them while a change is being written waits for the next one: a hundred
 * networks that start at once cost two transactions.
 */
export class Firewall {
  readonly #networks = new Map<string, NetworkRules>();
  readonly #backends: readonly FirewallBackend[];
  readonly #alongside: (networks: readonly NetworkRules[]) => Promise<void>;
  readonly #log: Log;
  #backend: FirewallBackend | null = null;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #adoption: Promise<void> | null = null;

  /** The first of `backends` whose tools the host has is used; `alongside` is told the same networks, and does not throw. */
  constructor(
    backends: readonly FirewallBackend[],
    alongside: (networks: readonly NetworkRules[]) => Promise<void>,
    log: Log,
  ) {
    this.#backends = backends;
    this.#alongside = alongside;
    this.#log = log;
  }

  /** Throws internalError when the firewall refuses, operationUnsupported when the host has none; the network has no rules then. */
  async set(rules: NetworkRules): Promise<void> {
    this.#networks.set(rules.bridge, rules);
    try {
      await this.#write();
    } catch (error) {
      this.#networks.delete(rules.bridge);
      throw error;
    }
  }

  /**
   * The rules of a network that ran before this daemon did: those are still in force, and stay so until all networks that
   * are adopted about now are written together.
   */
  async adopt(rules: NetworkRules): Promise<void> {
    this.#networks.set(rules.bridge, rules);
    this.#adoption ??= sleep(ADOPTION_PAUSE).finally(() => (this.#adoption = null));
    await this.#write();
  }

  /** What the firewall says against it is reported, and nothing more can be done. */
  async remove(bridge: string): Promise<void> {
    if (!this.#networks.delete(bridge)) return;
    try {
      await this.#write();
    } catch (error) {
      this.#log.warn({ error, bridge }, 'The firewall still has the rules of a network that is gone');
    }
  }

  #write(): Promise<void> {
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => this.#adoption)
      .then(() => {
        this.#next = null;
        return this.#replace();
      });
    this.#current = this.#next;
    return this.#next;
  }

  async #replace(): Promise<void> {
    const networks = [...this.#networks.values()];
    const alongside = this.#alongside(networks);
    try {
      await this.#replaceOwn(networks);
    } finally {
      await alongside;
    }
  }

  async #replaceOwn(networks: readonly NetworkRules[]): Promise<void> {
    const candidates = this.#backend === null ? this.#backends : [this.#backend];
    for (const backend of candidates) {
      try {
        await backend.replace(networks);
        this.#backend = backend;
        return;
      } catch (error) {
        if (error instanceof ToolError && error.code === 'ENOENT') continue;
        throw errors.internalError(`Failed to apply firewall rules: ${message(error)}`, ErrorDomain.NETWORK, {
          cause: error,
        });
      }
    }
    throw errors.operationUnsupported(
      `the host has none of the firewalls' tools that networks need (${this.#backends.map(({ name }) => name).join(', ')})`,
      ErrorDomain.NETWORK,
    );
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
