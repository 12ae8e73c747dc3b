import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NodeDeviceEventLifecycleType } from '../../contract/constants.ts';
import type { Log } from '../../contract/log.ts';
import type { NodeDeviceEvent } from '../../contract/node-device.ts';
import { parseDefinitions, type MdevDefinition } from './mdev-definition.ts';
import { mdevctl } from './mdevctl.ts';

/** Where mdevctl keeps them: a directory for each parent. */
const DIRECTORY = '/etc/mdevctl.d';
const SCRIPTS = 'scripts.d';

/** The mediated devices that are written down, by whomever. mdevctl is asked only when its files have changed. */
export class MdevDefinitions {
  readonly #emit: (event: NodeDeviceEvent) => void;
  readonly #log: Log;
  readonly #directory: string;
  #state = '';
  #known: ReadonlyMap<string, MdevDefinition> = new Map();
  #reading: Promise<void> | null = null;
  #isFirst = true;

  constructor(emit: (event: NodeDeviceEvent) => void, log: Log, directory = DIRECTORY) {
    this.#emit = emit;
    this.#log = log;
    this.#directory = directory;
  }

  /** By their names. */
  async get(): Promise<ReadonlyMap<string, MdevDefinition>> {
    while (this.#reading !== null) await this.#reading;
    const state = this.#stateOfFiles();
    if (state !== this.#state) {
      this.#reading = this.#read(state).finally(() => (this.#reading = null));
      await this.#reading;
    }
    this.#isFirst = false;
    return this.#known;
  }

  async #read(state: string): Promise<void> {
    this.#state = state;
    try {
      const output =
        state === ''
          ? '[]'
          : await mdevctl({
              args: ['list', '--defined', '--dumpjson'],
              failure: 'Unable to list defined mediated devices',
            });
      this.#replace(new Map(parseDefinitions(output).map(definition => [definition.name, definition])));
    } catch (error) {
      this.#log.warn({ error }, 'The mediated devices that are defined cannot be read');
    }
  }

  #replace(now: ReadonlyMap<string, MdevDefinition>): void {
    const before = this.#known;
    this.#known = now;
    if (this.#isFirst) return;
    const { DEFINED, UNDEFINED } = NodeDeviceEventLifecycleType;
    for (const name of before.keys())
      if (!now.has(name)) this.#emit({ kind: 'lifecycle', device: { name }, event: UNDEFINED });
    for (const [name, definition] of now) {
      const old = before.get(name);
      if (old === undefined) this.#emit({ kind: 'lifecycle', device: { name }, event: DEFINED });
      else if (JSON.stringify(old) !== JSON.stringify(definition)) this.#emit({ kind: 'update', device: { name } });
    }
  }

  /** Which files there are, and when each was written; empty when there is none. */
  #stateOfFiles(): string {
    return namesIn(this.#directory)
      .filter(name => name !== SCRIPTS)
      .flatMap(parent => namesIn(join(this.#directory, parent)).map(name => join(this.#directory, parent, name)))
      .map(path => `${path} ${stateOf(path)}`)
      .join('\n');
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}
