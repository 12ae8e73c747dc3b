import { setTimeout as sleep } from 'node:timers/promises';
import { nftRulesDigest } from '../../../native/firewall/nft-state.ts';
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
  /** Another text when our rules are; null when that cannot be told. */
  state(): Promise<string | null>;
}

/** Our table's name; that of a daemon with a root has its tag. */
export const tableName = (tag: string): string => `lxvirtd${tag}`;

/** One table, replaced in one transaction. */
export const nftables = (tag: string): FirewallBackend => ({
  name: 'nftables',
  async replace(networks) {
    await nft('apply', nftText(tableName(tag), networks));
  },
  state: () => nftRulesDigest(tableName(tag)),
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
  async state() {
    const saved: string[] = [];
    for (const family of ['ipv4', 'ipv6'] as const)
      for (const table of iptablesTables)
        saved.push(await runTool(`${families[family]}-save`, ['-t', table]).catch(() => ''));
    return saved.flatMap(text => text.split('\n').filter(line => isOwnRule(line, tag))).join('\n');
  },
});

/** Of what `iptables-save` prints; without those in others' extension points, which are written alongside. */
const isOwnRule = (line: string, tag: string): boolean =>
  line.startsWith('-A ') && line.includes(`LXVIRTD${tag}_`) && !/_X(?:FW|IN)\b/.test(line);

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
  /** What the backend has is not what it should have. */
  #isDue = false;
  /** The backend's, when it was last written. */
  #state: string | null = null;
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
    this.#isDue = true;
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
    this.#isDue = true;
    this.#adoption ??= sleep(ADOPTION_PAUSE).finally(() => (this.#adoption = null));
    await this.#write();
  }

  /** What the firewall says against it is reported, and nothing more can be done. */
  async remove(bridge: string): Promise<void> {
    if (!this.#networks.delete(bridge)) return;
    this.#isDue = true;
    try {
      await this.#write();
    } catch (error) {
      this.#log.warn({ error, bridge }, 'The firewall still has the rules of a network that is gone');
    }
  }

  /**
   * After somebody changed the firewall: rules of ours that are gone, or others, are written again, and `alongside` is told
   * of the networks. What the firewall says against it is reported.
   */
  async repair(): Promise<void> {
    if (this.#networks.size === 0) return;
    try {
      await this.#write();
    } catch (error) {
      this.#log.error(
        { error },
        "The networks' rules in the firewall were changed by somebody, and cannot be repaired",
      );
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
    // both at once: who changes them from here on is served by the next
    const networks = [...this.#networks.values()];
    const isDue = this.#isDue;
    this.#isDue = false;
    const alongside = this.#alongside(networks);
    try {
      if (!isDue && !(await this.#isLost())) return;
      await this.#replaceOwn(networks);
    } catch (error) {
      this.#isDue = true;
      throw error;
    } finally {
      await alongside;
    }
    this.#state = (await this.#backend?.state()) ?? null;
  }

  async #isLost(): Promise<boolean> {
    const state = (await this.#backend?.state()) ?? null;
    if (state === null || state === this.#state) return false;
    this.#log.warn({}, "The networks' rules in the firewall were changed by somebody: they are written again");
    return true;
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
