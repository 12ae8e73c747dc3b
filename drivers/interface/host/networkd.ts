import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findLink } from '../../../native/network/links.ts';
import type { InterfaceDefinition } from '../../xml/interface/definition.ts';
import type { ConfigurationFile, HostConfiguration } from './host-configuration.ts';
import { lowerFile, networkdFiles, networkFile, vlanDropIn } from './networkd-text.ts';
import { runProgram } from './run-program.ts';
import { removeFiles, writeFiles } from './written-files.ts';

interface Places {
  /** /etc/systemd/network */
  readonly directory: string;
  /** /run/systemd/netif: what networkd knows of links. */
  readonly state: string;
}

/** systemd-networkd: .netdev and .network files, and networkctl. */
export class Networkd implements HostConfiguration {
  readonly what = 'systemd-networkd';
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  async write(definition: InterfaceDefinition, previous: InterfaceDefinition | null): Promise<void> {
    const files = [...networkdFiles(definition), ...this.#vlanFiles(definition)];
    const kept = new Set(files.map(({ name }) => name));
    const old = previous === null ? [] : this.#written(previous).filter(name => !kept.has(name));
    await removeFiles(this.#places.directory, old);
    await writeFiles(this.#places.directory, files);
  }

  async remove(definition: InterfaceDefinition): Promise<void> {
    await removeFiles(this.#places.directory, this.#written(definition));
  }

  async start(name: string): Promise<void> {
    await runProgram('networkctl', ['reload']);
    await runProgram('networkctl', ['up', '--', name]);
  }

  stop = (name: string): Promise<void> => runProgram('networkctl', ['down', '--', name]);

  /** A vlan is named by the configuration of the device below, whosever that is. */
  #vlanFiles({ name, vlan }: InterfaceDefinition): ConfigurationFile[] {
    if (vlan === null) return [];
    const { device } = vlan;
    const own = networkFile(device);
    if (existsSync(join(this.#places.directory, own))) return [vlanDropIn(name, own)];
    const configured = this.#networkFileOf(device);
    if (configured !== null) return [vlanDropIn(name, configured)];
    const below = lowerFile(device);
    return [below, vlanDropIn(name, below.name)];
  }

  /** The file that networkd applied to a link. */
  #networkFileOf(device: string): string | null {
    const path = join(this.#places.state, 'links', String(findLink(device)?.index ?? 0));
    if (!existsSync(path)) return null;
    const file = /^NETWORK_FILE=(.+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return file === undefined ? null : basename(file);
  }

  /** Names of the files that were written for an interface. */
  #written(definition: InterfaceDefinition): string[] {
    return [...networkdFiles(definition).map(({ name }) => name), ...this.#dropIns(definition)];
  }

  /** A vlan's drop-in, whichever file it was for; and what was made for the device below, once no vlan is on it. */
  #dropIns({ name, vlan }: InterfaceDefinition): string[] {
    const { directory } = this.#places;
    if (vlan === null || !existsSync(directory)) return [];
    const own = `lxvirtd-${name}.conf`;
    const all = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    const below = lowerFile(vlan.device).name;
    const others = all.filter(file => dirname(file) === `${below}.d` && basename(file) !== own);
    return [...all.filter(file => basename(file) === own), ...(others.length === 0 ? [below] : [])];
  }
}
