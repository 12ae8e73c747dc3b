import type { InterfaceDefinition } from '../../xml/interface/definition.ts';

/** A file of the host's configuration, by its path below the configuration's directory. */
export interface ConfigurationFile {
  readonly name: string;
  readonly text: string;
}

/** What configures the network of this host when it boots, and starts and stops its interfaces meanwhile. */
export interface HostConfiguration {
  /** Its name, for messages. */
  readonly what: string;
  /**
   * `previous` is what was written for the interface before. Throws configUnsupported for what it cannot express,
   * operationFailed for a name that the host configures itself.
   */
  write(definition: InterfaceDefinition, previous: InterfaceDefinition | null): Promise<void>;
  /** Removes what `write` wrote. */
  remove(definition: InterfaceDefinition): Promise<void>;
  /** `definition` null for an interface that the host configures itself. Throws operationFailed. */
  start(name: string, definition: InterfaceDefinition | null): Promise<void>;
  stop(name: string, definition: InterfaceDefinition | null): Promise<void>;
}

/** What stands at the top of every file that is written here. */
export const fileHeader = (name: string): string =>
  `# This file is written by lxvirtd: a change made here is lost with its next write.\n` +
  `# To change the interface, use: virsh iface-edit ${name}\n\n`;
