import { existsSync, mkdirSync } from 'node:fs';
import type { Log } from '../../contract/log.ts';
import type { Outcome } from '../../../native/launch/container.ts';
import { removeFile } from '../../files/atomic-file.ts';
import { readRegularFile } from '../../files/read-directory.ts';
import { DefinitionStore } from '../../objects/definition-store.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { formatStatus, parseStatus, type DomainStatus } from '../../xml/domain/status.ts';
import { formatStoredDomain } from '../../xml/domain/stored.ts';
import type { DomainFiles } from './domain-files.ts';
import { parseOutcome } from './stored-outcome.ts';

/** Keeps the domains' definitions, and what a later daemon needs to know of those that run. */
export class DomainStore {
  readonly #files: DomainFiles;
  readonly definitions: DefinitionStore<DomainDefinition>;
  /** Survive the daemon, not the host's boot: that ends the domains too. */
  readonly statuses: DefinitionStore<DomainStatus>;

  constructor(files: DomainFiles, log: Log) {
    this.#files = files;
    this.definitions = new DefinitionStore(
      {
        what: 'domain',
        directory: files.configs,
        autostart: files.autostart,
        nameOf: ({ name }) => name,
        parse: text => parseDomain(text),
        format: formatStoredDomain,
        durable: true,
      },
      log,
    );
    this.statuses = new DefinitionStore(
      {
        what: 'running domain',
        directory: files.runtime,
        autostart: null,
        nameOf: ({ definition }) => definition.name,
        parse: text => parseStatus(text),
        format: formatStatus,
        durable: false,
      },
      log,
    );
  }

  prepare(): void {
    this.definitions.prepare();
    this.statuses.prepare();
    mkdirSync(this.#files.logs, { recursive: true, mode: 0o700 });
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
}
