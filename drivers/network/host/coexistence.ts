import { BusError } from '../../../native/dbus/bus.ts';
import type { Log } from '../../contract/log.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { enterZone, leaveZone } from './firewalld.ts';
import { reportForeignRules } from './foreign-rules.ts';

/**
 * Living with those who have rules of their own: firewalld is asked to let a network's bridge through; what drops its
 * packets all the same is named in the log. (Docker and ufw: see `openExtensionPoints`.)
 */
export class Coexistence {
  readonly #ownTable: string;
  readonly #log: Log;

  constructor(ownTable: string, log: Log) {
    this.#ownTable = ownTable;
    this.#log = log;
  }

  /** When the network's own rules are there. Throws configUnsupported when the document names a zone that cannot be had. */
  async admit(definition: NetworkDefinition): Promise<void> {
    try {
      const zone = await enterZone(definition);
      if (zone !== null) this.#log.debug({ network: definition.name, zone }, "A bridge is in a zone of firewalld's");
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.#log.warn({ error, network: definition.name }, 'firewalld did not take a bridge into a zone');
    }
    // nobody waits for what is only told
    void reportForeignRules(definition, this.#ownTable, this.#log).catch((error: unknown) =>
      this.#log.debug({ error, network: definition.name }, "The firewall's rules of others were not understood"),
    );
  }

  async dismiss({ bridge }: NetworkDefinition): Promise<void> {
    await leaveZone(bridge?.name ?? '');
  }
}
