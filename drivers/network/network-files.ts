import { mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { removeFile, replaceFile } from '../files/atomic-file.ts';
import { fileName } from '../files/file-name.ts';
import { readDocuments } from '../files/read-directory.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { formatPortFile, parsePortFile } from '../xml/network/port-document.ts';
import { formatNetworkStatus, parseNetworkStatus } from '../xml/network/status-document.ts';
import type { Network, Port } from './network.ts';

/** What the daemon remembers of running networks, below /run/libvirt/network, where libvirt has it. */
export class NetworkFiles {
  readonly #directory: string;
  readonly #log: Log;
  /** Made when the networks that start with the host have been started. */
  readonly autostarted: string;

  constructor(paths: Paths, log: Log) {
    this.#directory = join(paths.run, 'network');
    this.#log = log;
    this.autostarted = join(this.#directory, 'autostarted');
  }

  prepare(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o755 });
  }

  async saveStatus({ name, running }: Network): Promise<void> {
    if (running === null) return;
    const ports = [...running.ports.values()].map(({ settings }) => settings);
    const text = formatNetworkStatus({
      definition: running.definition,
      classes: ports.flatMap(({ classId }) => classId ?? []),
      floor: ports.reduce((sum, { bandwidth }) => sum + (bandwidth?.inbound?.floor ?? 0), 0),
    });
    await writing(this.#status(name), path => replaceFile(path, text, false));
  }

  async removeStatus(name: string): Promise<void> {
    await writing(this.#status(name), path => removeFile(path, false));
    // No more than what is ours: the name may be that of another network's file.
    rmSync(this.#ports(name), { recursive: true, force: true });
    removeEmpty(join(this.#directory, name));
  }

  async savePort(network: string, { settings, ...note }: Port): Promise<void> {
    const directory = this.#ports(network);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const path = join(directory, fileName(settings.uuid, 'xml'));
    await writing(path, file => replaceFile(file, formatPortFile(settings, note), false));
  }

  async removePort(network: string, uuid: string): Promise<void> {
    await removeFile(join(this.#ports(network), fileName(uuid, 'xml')), false);
  }

  /** Networks that ran when the daemon ended. What cannot be read is reported and passed over. */
  async load(): Promise<NetworkDefinition[]> {
    const loaded: NetworkDefinition[] = [];
    for (const { name, path, text } of readDocuments(this.#directory, this.#log)) {
      try {
        const definition = await parseNetworkStatus(text);
        if (definition.name === name) loaded.push(definition);
        else this.#log.warn({ path }, 'A status file is passed over: it describes another network than its name says');
      } catch (error) {
        this.#log.warn({ path, error }, 'A status file is passed over');
      }
    }
    return loaded;
  }

  async loadPorts(network: string): Promise<Port[]> {
    const directory = this.#ports(network);
    if (statSync(directory, { throwIfNoEntry: false }) === undefined) return [];
    const ports: Port[] = [];
    for (const { name, path, text } of readDocuments(directory, this.#log)) {
      try {
        const { port: settings, ...note } = await parsePortFile(text);
        if (settings.uuid === name) ports.push({ settings, ...note });
      } catch (error) {
        this.#log.warn({ path, error }, 'The file of a port is passed over');
      }
    }
    return ports;
  }

  #status = (name: string): string => join(this.#directory, fileName(name, 'xml'));
  /** Names of networks have no slash and are no dots: the directory lies below ours. */
  #ports = (name: string): string => join(this.#directory, name, 'ports');
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It is not there, or somebody else's.
  }
}

async function writing(path: string, action: (path: string) => Promise<void>): Promise<void> {
  try {
    await action(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw errors.systemError(`Failed to create file '${path}': ${error.message}`, ErrorDomain.NONE, { cause: error });
  }
}
