import { existsSync, lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Log } from '../../contract/log.ts';
import type { Outcome } from '../../../native/launch/container.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { removeFile, replaceFile, syncDirectory } from './atomic-file.ts';
import type { DomainFiles } from './domain-files.ts';
import { parseOutcome } from './stored-outcome.ts';
import { readDocuments, readRegularFile } from './read-directory.ts';
import { formatStoredDomain } from '../../xml/domain/stored.ts';
import { formatStatus, parseStatus, type DomainStatus } from '../../xml/domain/status.ts';
import { parseDomain } from '../../xml/domain/parse.ts';

/** Keeps the domains' definitions, and what a later daemon needs to know of those that run. */
export class DomainStore {
  readonly #files: DomainFiles;
  readonly #log: Log;

  constructor(files: DomainFiles, log: Log) {
    this.#files = files;
    this.#log = log;
  }

  /** Makes the directories; definitions may hold secrets, so only root reads them. */
  prepare(): void {
    const { configs, autostart, runtime, logs } = this.#files;
    for (const directory of [configs, autostart, runtime, logs]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Durable when it resolves. Throws systemError. */
  async saveDefinition(definition: DomainDefinition): Promise<void> {
    const { name } = definition;
    await storing(this.#files.config(name), path => replaceFile(path, formatStoredDomain(definition), true));
  }

  async removeDefinition(name: string): Promise<void> {
    await removeFile(this.#files.autostartLink(name), true);
    await storing(this.#files.config(name), path => removeFile(path, true));
  }

  /** Survives the daemon, not the host's boot: that ends the domain too. */
  async saveStatus(status: DomainStatus): Promise<void> {
    await storing(this.#files.status(status.definition.name), path => replaceFile(path, formatStatus(status), false));
  }

  /** Everything that a running domain has below /run. */
  async removeRuntime(name: string): Promise<void> {
    const files = this.#files;
    const paths = [files.status(name), files.pid(name), files.socket(name), files.outcome(name)];
    for (const path of paths) await removeFile(path, false);
  }

  /** How the controller says its container ended, or null: it is running, or was killed. */
  storedOutcome(name: string): Outcome | null {
    const path = this.#files.outcome(name);
    return existsSync(path) ? parseOutcome(readRegularFile(path)) : null;
  }

  /** A link to the definition, as libvirt keeps it. */
  async setAutostart(name: string, autostart: boolean): Promise<void> {
    const link = this.#files.autostartLink(name);
    if (!autostart) return await storing(link, path => removeFile(path, true));
    await storing(link, async path => {
      if (linkTarget(path) === this.#files.config(name)) return;
      await removeFile(path, false);
      symlinkSync(this.#files.config(name), path);
      await syncDirectory(this.#files.autostart);
    });
  }

  /** Whether the autostart link of that name leads to the domain's definition. */
  autostarts(name: string): boolean {
    const target = statSync(this.#files.autostartLink(name), { throwIfNoEntry: false });
    const config = statSync(this.#files.config(name), { throwIfNoEntry: false });
    return target !== undefined && target.ino === config?.ino && target.dev === config.dev;
  }

  /** All definitions on disk. A file that is no definition, or that of another name, is reported and left alone. */
  async loadDefinitions(): Promise<DomainDefinition[]> {
    return await this.#load(
      this.#files.configs,
      text => parseDomain(text),
      definition => definition.name,
    );
  }

  async loadStatuses(): Promise<DomainStatus[]> {
    return await this.#load(
      this.#files.runtime,
      text => parseStatus(text),
      ({ definition }) => definition.name,
    );
  }

  async #load<T>(
    directory: string,
    parse: (text: string) => Promise<T>,
    nameOf: (document: T) => string,
  ): Promise<T[]> {
    const loaded: T[] = [];
    for (const { name, path, text } of readDocuments(directory, this.#log)) {
      try {
        const document = await parse(text);
        if (nameOf(document) === name) loaded.push(document);
        else
          this.#log.warn(
            { path, name: nameOf(document) },
            'A file is passed over: it describes a domain of another name',
          );
      } catch (error) {
        this.#log.warn({ path, error }, 'A file is passed over: it does not describe a domain');
      }
    }
    return loaded;
  }
}

function linkTarget(path: string): string | null {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return null;
  return readlinkSync(path);
}

/** Turns the system's errors of writing `path` into the client's. */
async function storing(path: string, action: (path: string) => Promise<void>): Promise<void> {
  try {
    await action(path);
  } catch (error) {
    if (error instanceof Error)
      throw errors.systemError(`Failed to create file '${path}': ${error.message}`, ErrorDomain.NONE, { cause: error });
    throw error;
  }
}
