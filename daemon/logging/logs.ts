import pino from 'pino';
import type { Log } from '../../drivers/contract/log.ts';
import type { Filter } from './filters.ts';
import { formatFilters, parseFilters, priorityFor } from './filters.ts';
import type { Output } from './outputs.ts';
import { formatOutputs, parseOutputs } from './outputs.ts';
import type { LevelName, Priority } from './priority.ts';
import { priorityNames } from './priority.ts';
import { RecordStream } from './record-stream.ts';
import type { LogSockets, Sink } from './sinks.ts';
import { hostLogSockets, openSink } from './sinks.ts';
import type { LogRecord } from './text.ts';

/** A log that tells whether anybody reads it. */
export interface LeveledLog extends Log {
  isLevelEnabled(level: LevelName): boolean;
}

export interface LogSettings {
  readonly priority: Priority;
  readonly filters: readonly Filter[];
  readonly outputs: readonly Output[];
}

/**
 * All logs of the process. Each component has a logger with a source name as libvirt's ("rpc", "daemon.remote", "lxc");
 * priority, filters and outputs can change at any time (SIGHUP, virt-admin) and do so for every logger there is.
 */
export class Logs {
  readonly #identifier: string;
  readonly #sockets: LogSockets;
  readonly #loggers = new Map<string, pino.Logger>();
  readonly #root: pino.Logger;
  #settings: LogSettings;
  #sinks: { priority: Priority; sink: Sink }[] = [];

  /** `identifier` is the program's name in syslog and journald. Throws when an output cannot be opened. */
  constructor(identifier: string, settings: LogSettings, sockets: LogSockets = hostLogSockets) {
    this.#identifier = identifier;
    this.#sockets = sockets;
    this.#settings = settings;
    this.#root = pino({ base: null, timestamp: false }, new RecordStream(record => this.#dispatch(record)));
    this.#sinks = this.#open(settings.outputs);
  }

  /** The logger of a source; asking twice gives the same. */
  logger(source: string): pino.Logger {
    const known = this.#loggers.get(source);
    if (known !== undefined) return known;
    const logger = this.#root.child({ source }, { level: this.#levelOf(source) });
    this.#loggers.set(source, logger);
    return logger;
  }

  get filters(): string {
    return formatFilters(this.#settings.filters);
  }

  get outputs(): string {
    return formatOutputs(this.#settings.outputs);
  }

  /** Throws what parseFilters throws, and changes nothing then. */
  setFilters(text: string): void {
    this.configure({ ...this.#settings, filters: parseFilters(text) });
  }

  /** Throws what parseOutputs throws or what keeps a file from being opened, and changes nothing then. */
  setOutputs(text: string): void {
    this.configure({ ...this.#settings, outputs: parseOutputs(text) });
  }

  configure(settings: LogSettings): void {
    const before = this.#sinks;
    this.#sinks = this.#open(settings.outputs);
    this.#settings = settings;
    for (const { sink } of before) sink.close();
    for (const [source, logger] of this.#loggers) logger.level = this.#levelOf(source);
  }

  /** Writes into new files of the same names from here on: the old ones were moved away. */
  reopen(): void {
    for (const { sink } of this.#sinks) sink.reopen();
  }

  close(): void {
    for (const { sink } of this.#sinks) sink.close();
    this.#sinks = [];
  }

  #levelOf(source: string): string {
    return priorityNames[priorityFor(source, this.#settings.filters, this.#settings.priority)].level;
  }

  #open(outputs: readonly Output[]): { priority: Priority; sink: Sink }[] {
    const opened: { priority: Priority; sink: Sink }[] = [];
    try {
      for (const output of outputs)
        opened.push({ priority: output.priority, sink: openSink(output, this.#identifier, this.#sockets) });
      return opened;
    } catch (error) {
      for (const { sink } of opened) sink.close();
      throw error;
    }
  }

  #dispatch(record: LogRecord): void {
    for (const { priority, sink } of this.#sinks) if (record.priority >= priority) sink.write(record);
  }
}
