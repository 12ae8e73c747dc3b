import { BusError } from '../../../native/dbus/bus.ts';
import { nftGeneration } from '../../../native/firewall/nft-state.ts';
import type { Log } from '../../contract/log.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { FirewallWatch } from './firewall-watch.ts';
import { enterZone, leaveZone } from './firewalld.ts';
import { ForeignRules } from './foreign-rules.ts';

interface CoexistenceOptions {
  readonly ownTable: string;
  readonly log: Log;
  /** Has our own rules, and those in others' extension points, written again where they are gone. Does not throw. */
  readonly repair: () => Promise<void>;
  /** Between two looks for changes of the firewall, in ms. */
  readonly interval: number;
}

/** A firewall that still changes then is looked at again when the next look is due. */
const PASSES_MAX = 3;

/**
 * Living with those who have rules of their own: firewalld is asked to let a network's bridge through; what drops its
 * packets all the same is named in the log. Whoever comes later is noticed while there are networks. (Docker and ufw: see
 * `openExtensionPoints`.)
 */
export class Coexistence {
  readonly #log: Log;
  readonly #foreign: ForeignRules;
  readonly #watch: FirewallWatch;
  readonly #repair: () => Promise<void>;
  readonly #networks = new Map<string, NetworkDefinition>();

  constructor({ ownTable, log, repair, interval }: CoexistenceOptions) {
    this.#log = log;
    this.#repair = repair;
    this.#foreign = new ForeignRules(ownTable, log);
    this.#watch = new FirewallWatch(() => this.#changed(), interval, log);
  }

  /** When the network's own rules are there. Throws configUnsupported when the document names a zone that cannot be had. */
  async admit(definition: NetworkDefinition): Promise<void> {
    await this.#enter(definition);
    this.#networks.set(definition.name, definition);
    this.#watch.start();
    // nobody waits for what is only told
    void this.#foreign.report([definition]);
  }

  async dismiss({ name, bridge }: NetworkDefinition): Promise<void> {
    this.#networks.delete(name);
    this.#foreign.forget(name);
    if (this.#networks.size === 0) this.close();
    await leaveZone(bridge?.name ?? '');
  }

  /** Nothing is noticed any more. */
  close(): void {
    this.#watch.stop();
  }

  async #enter(definition: NetworkDefinition): Promise<void> {
    try {
      const zone = await enterZone(definition);
      if (zone !== null) this.#log.debug({ network: definition.name, zone }, "A bridge is in a zone of firewalld's");
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.#log.warn({ error, network: definition.name }, 'firewalld did not take a bridge into a zone');
    }
  }

  /** Our own repair is a change too; after others' in between, whose answer to it is still to come, all this is done once more. */
  async #changed(): Promise<void> {
    for (let pass = 0; pass < PASSES_MAX; pass += 1) {
      const generation = nftGeneration();
      await this.#putUp();
      const isCurrent = (): boolean => nftGeneration() === generation;
      if (isCurrent() && (await this.#foreign.report([...this.#networks.values()], isCurrent))) return;
    }
  }

  async #putUp(): Promise<void> {
    await this.#repair();
    for (const network of this.#networks.values()) {
      try {
        await this.#enter(network);
      } catch (error) {
        // a firewalld that has ended, or lost the zone, stops no network that runs
        this.#log.debug({ error, network: network.name }, 'A bridge is not in the zone that its network asks for');
      }
    }
  }
}
