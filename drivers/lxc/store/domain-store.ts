import { lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Log } from '../../contract/log.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { removeFile, replaceFile, syncDirectory } from './atomic-file.ts';
import type { DomainFiles } from './domain-files.ts';
import type { DomainDocuments, DomainStatus } from './documents.ts';
import { readDocuments } from './read-directory.ts';

/** Keeps the domains' definitions, and what a later daemon needs to know of those that run. */
export class DomainStore {
  readonly #files: DomainFiles;
  readonly #documents: DomainDocuments;
  readonly #log: Log;

  constructor(files: DomainFiles, documents: DomainDocuments, log: Log) {
    this.#files = files;
    this.#documents = documents;
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
    await storing(this.#files.config(name), path =>
      replaceFile(path, withWarning(definition, this.#documents.format(definition, { inactive: true })), true),
    );
  }

  async removeDefinition(name: string): Promise<void> {
    await removeFile(this.#files.autostartLink(name), true);
    await storing(this.#files.config(name), path => removeFile(path, true));
  }

  async saveStatus(status: DomainStatus): Promise<void> {
    const { definition } = status;
    await storing(this.#files.status(definition.name), path =>
      replaceFile(path, withWarning(definition, this.#documents.formatStatus(status)), false),
    );
  }

  /** Everything that a running domain has below /run. */
  async removeRuntime(name: string): Promise<void> {
    const files = this.#files;
    for (const path of [files.status(name), files.pid(name), files.outcome(name)]) await removeFile(path, false);
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
      text => this.#documents.parse(text, { validate: false }),
      definition => definition.name,
    );
  }

  async loadStatuses(): Promise<DomainStatus[]> {
    return await this.#load(
      this.#files.runtime,
      text => this.#documents.parseStatus(text),
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

/** A name may hold what ends a comment or a shell's word; the UUID never does. */
function withWarning({ name, uuid }: DomainDefinition, xml: string): string {
  const handle = /^[A-Za-z0-9._]+(?:-[A-Za-z0-9._]+)*$/.test(name) ? name : uuid;
  return `<!--
This file belongs to the daemon, which may overwrite it at any time. To change the domain use
  virsh edit ${handle}
or another program of the libvirt API.
-->

${xml.endsWith('\n') ? xml : `${xml}\n`}`;
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
