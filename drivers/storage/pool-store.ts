import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { replaceFile } from '../files/atomic-file.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import type { PoolDefinition } from '../xml/storage/pool-definition.ts';
import { formatPoolState, formatStoredPool, parsePool, parsePoolState } from '../xml/storage/pool.ts';

const nameOf = ({ name }: PoolDefinition): string => name;

/** Where libvirt keeps pools: definitions below /etc/libvirt/storage, those that are active below /run. */
export class PoolStore {
  readonly definitions: DefinitionStore<PoolDefinition>;
  /** What active pools are made of, which is not always their definition. */
  readonly states: DefinitionStore<PoolDefinition>;
  readonly #autostarted: string;

  constructor(paths: Paths, log: Log) {
    const configuration = join(paths.etc, 'storage');
    const runtime = join(paths.run, 'storage');
    this.#autostarted = join(runtime, 'autostarted');
    this.definitions = new DefinitionStore(
      {
        what: 'storage pool',
        directory: configuration,
        autostart: join(configuration, 'autostart'),
        nameOf,
        parse: text => parsePool(text),
        format: formatStoredPool,
        durable: true,
      },
      log,
    );
    this.states = new DefinitionStore(
      {
        what: 'storage pool',
        directory: runtime,
        autostart: null,
        nameOf,
        parse: parsePoolState,
        format: formatPoolState,
        durable: false,
      },
      log,
    );
  }

  prepare(): void {
    this.definitions.prepare();
    this.states.prepare();
  }

  /** True once after each start of the host: a daemon that starts again leaves stopped pools alone. */
  async firstSinceBoot(): Promise<boolean> {
    if (existsSync(this.#autostarted)) return false;
    await replaceFile(this.#autostarted, '', false);
    return true;
  }
}
