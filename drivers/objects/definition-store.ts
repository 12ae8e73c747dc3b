import { lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Log } from '../contract/log.ts';
import { removeFile, replaceFile, syncDirectory } from '../files/atomic-file.ts';
import { fileName } from '../files/file-name.ts';
import { readDocuments } from '../files/read-directory.ts';

/** Documents of one kind in one directory. */
export interface DefinitionKind<D> {
  /** In messages: "network". */
  readonly what: string;
  readonly directory: string;
  /** Where links to the definitions lie that start with the host; null where there is no such thing. */
  readonly autostart: string | null;
  /** What the file is called, without ".xml". */
  readonly nameOf: (definition: D) => string;
  readonly parse: (text: string) => Promise<D>;
  readonly format: (definition: D) => string;
  /** Survives a loss of power (what lies below /etc); else only the daemon (below /run). */
  readonly durable: boolean;
}

/** Keeps definitions as XML files, one each. A half-written or foreign file is reported and passed over, never deleted. */
export class DefinitionStore<D> {
  readonly #kind: DefinitionKind<D>;
  readonly #log: Log;

  constructor(kind: DefinitionKind<D>, log: Log) {
    this.#kind = kind;
    this.#log = log;
  }

  /** Makes the directories; definitions may hold secrets, so only root reads them. */
  prepare(): void {
    const { directory, autostart } = this.#kind;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (autostart !== null) mkdirSync(autostart, { recursive: true, mode: 0o700 });
  }

  path(name: string): string {
    return join(this.#kind.directory, fileName(name, 'xml'));
  }

  /** Has reached its place, durably if the kind is, when it resolves. Throws systemError. */
  async save(definition: D): Promise<void> {
    const { durable, nameOf, format } = this.#kind;
    await storing(this.path(nameOf(definition)), path => replaceFile(path, format(definition), durable));
  }

  /** With its autostart link. One that is not there is no error. */
  async remove(name: string): Promise<void> {
    const { autostart, durable } = this.#kind;
    if (autostart !== null) await removeFile(join(autostart, fileName(name, 'xml')), durable);
    await storing(this.path(name), path => removeFile(path, durable));
  }

  /** All definitions on disk, by their files' names. */
  async load(): Promise<D[]> {
    const { directory, nameOf, parse, what } = this.#kind;
    const loaded: D[] = [];
    for (const { name, path, text } of readDocuments(directory, this.#log)) {
      try {
        const definition = await parse(text);
        if (nameOf(definition) === name) loaded.push(definition);
        else this.#log.warn({ path }, `A file is passed over: it describes another ${what} than its name says`);
      } catch (error) {
        this.#log.warn({ path, error }, `A file is passed over: it does not describe a ${what}`);
      }
    }
    return loaded;
  }

  /** A link to the definition, as libvirt keeps it. */
  async setAutostart(name: string, wanted: boolean): Promise<void> {
    const directory = this.#autostartDirectory();
    const link = join(directory, fileName(name, 'xml'));
    if (!wanted) return await storing(link, path => removeFile(path, true));
    await storing(link, async path => {
      if (linkTarget(path) === this.path(name)) return;
      await removeFile(path, false);
      symlinkSync(this.path(name), path);
      await syncDirectory(directory);
    });
  }

  /** Whether the autostart link of that name leads to the definition. */
  autostarts(name: string): boolean {
    const link = join(this.#autostartDirectory(), fileName(name, 'xml'));
    const target = statSync(link, { throwIfNoEntry: false });
    const definition = statSync(this.path(name), { throwIfNoEntry: false });
    return target !== undefined && target.ino === definition?.ino && target.dev === definition.dev;
  }

  #autostartDirectory(): string {
    const { autostart, what } = this.#kind;
    if (autostart === null) throw new TypeError(`no ${what} starts with the host`);
    return autostart;
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
