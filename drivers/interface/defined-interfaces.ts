import { join } from 'node:path';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import type { InterfaceDefinition } from '../xml/interface/definition.ts';
import { formatInterface, parseInterface } from '../xml/interface/interface.ts';
import type { HostConfiguration } from './host/host-configuration.ts';

const storeOf = (what: string, directory: string, log: Log): DefinitionStore<InterfaceDefinition> =>
  new DefinitionStore<InterfaceDefinition>(
    {
      what,
      directory,
      autostart: null,
      nameOf: ({ name }) => name,
      parse: parseInterface,
      format: formatInterface,
      durable: true,
    },
    log,
  );

/**
 * Interfaces that were defined here, each with its document below /etc/libvirt/interfaces and the files that the host's own
 * programs read. The latter follow from the former, so that a note of all documents is enough to go back to them.
 */
export class DefinedInterfaces {
  readonly #defined = new Map<string, InterfaceDefinition>();
  readonly #documents: DefinitionStore<InterfaceDefinition>;

  constructor(paths: Paths, log: Log) {
    this.#documents = storeOf('interface', join(paths.etc, 'interfaces'), log);
  }

  async load(): Promise<void> {
    for (const definition of await this.#documents.load()) this.#defined.set(definition.name, definition);
  }

  get(name: string): InterfaceDefinition | null {
    return this.#defined.get(name) ?? null;
  }

  all = (): InterfaceDefinition[] => [...this.#defined.values()];

  async define(host: HostConfiguration, definition: InterfaceDefinition): Promise<void> {
    const { name } = definition;
    await host.write(definition, this.get(name));
    this.#documents.prepare();
    await this.#documents.save(definition);
    this.#defined.set(name, definition);
  }

  async undefine(host: HostConfiguration, definition: InterfaceDefinition): Promise<void> {
    await host.remove(definition);
    await this.#documents.remove(definition.name);
    this.#defined.delete(definition.name);
  }
}
