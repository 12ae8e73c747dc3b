import type { ByteSink } from './adopt.ts';

const NOTHING = Buffer.alloc(0);

/** Copies bytes that come in memory of their own to where a sink wants them, and keeps what it refuses. */
export class Feed {
  readonly #sink: ByteSink;
  #pending: Buffer = NOTHING;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** False: the sink takes no more until `drain` has succeeded. `bytes` are kept as they are. */
  add(bytes: Buffer): boolean {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    return this.drain();
  }

  drain(): boolean {
    while (this.#pending.length > 0) {
      const count = this.#pending.copy(this.#sink.target());
      this.#pending = this.#pending.subarray(count);
      if (!this.#sink.received(count)) return false;
    }
    return true;
  }
}
