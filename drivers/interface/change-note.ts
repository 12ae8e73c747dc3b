import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { replaceFile, syncDirectory } from '../files/atomic-file.ts';
import { readDocuments } from '../files/read-directory.ts';
import type { InterfaceDefinition } from '../xml/interface/definition.ts';
import { formatInterface, parseInterface } from '../xml/interface/interface.ts';

/** The definitions at the beginning of a change, on disk until it is committed or rolled back. */
export class ChangeNote {
  readonly #directory: string;
  readonly #log: Log;

  constructor(paths: Paths, log: Log) {
    this.#directory = join(paths.lib, 'interfaces/change');
    this.#log = log;
  }

  /** Is there as a whole or not at all. Throws operationInvalid when there is one. */
  async take(definitions: readonly InterfaceDefinition[]): Promise<void> {
    if (existsSync(this.#directory))
      throw errors.operationInvalid('a change of interfaces has been begun already', ErrorDomain.INTERFACE);
    const draft = `${this.#directory}.new`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    for (const definition of definitions)
      await replaceFile(join(draft, `${definition.name}.xml`), formatInterface(definition), true);
    await rename(draft, this.#directory);
    await syncDirectory(dirname(this.#directory));
  }

  /** Throws operationInvalid when there is none. */
  async read(): Promise<InterfaceDefinition[]> {
    this.#require();
    return await Promise.all(readDocuments(this.#directory, this.#log).map(({ text }) => parseInterface(text)));
  }

  /** Throws operationInvalid when there is none. */
  async drop(): Promise<void> {
    this.#require();
    const dropped = `${this.#directory}.old`;
    await rm(dropped, { recursive: true, force: true });
    await rename(this.#directory, dropped);
    await rm(dropped, { recursive: true, force: true });
    await syncDirectory(dirname(this.#directory));
  }

  #require(): void {
    if (!existsSync(this.#directory))
      throw errors.operationInvalid('no change of interfaces has been begun', ErrorDomain.INTERFACE);
  }
}
