import pino from 'pino';
import { priorityOfPino } from './priority.ts';
import { servedFacts } from './served.ts';
import type { LogRecord } from './text.ts';

/** A destination for pino that takes what was logged, and leaves the JSON alone: the sinks write lines of text, as libvirt's do. */
export class RecordStream implements pino.DestinationStream {
  readonly [pino.symbols.needsMetadataGsym] = true;
  readonly #take: (record: LogRecord) => void;
  /** pino fills these in before each write. */
  lastLevel = 0;
  lastTime = '';
  lastMsg = '';
  lastObj: object = {};
  lastLogger: pino.Logger = pino({ enabled: false });

  constructor(take: (record: LogRecord) => void) {
    this.#take = take;
  }

  write(): void {
    const { source, ...bound } = this.lastLogger.bindings();
    this.#take({
      time: new Date(),
      priority: priorityOfPino(this.lastLevel),
      source: String(source),
      message: this.lastMsg,
      facts: { ...servedFacts(), ...bound, ...this.lastObj },
    });
  }
}
