import type { ByteSink } from './adopt.ts';
import { Feed } from './feed.ts';

/** What keeps others from reading and changing what client and daemon say. Both throw when the other end does not keep to it. */
export interface SecurityLayer {
  /** What is sent in the place of `bytes`. */
  encode(bytes: Buffer): Buffer;
  /** What is in the bytes that came, as far as it is complete. */
  decode(bytes: Buffer): Buffer;
}

/** What all layers read into: bytes stay there no longer than a call of `received`. */
const shared = Buffer.allocUnsafeSlow(64 << 10);

/** Stands in front of a sink: bytes go there straight, until there is a layer that they have to go through. */
export class LayeredSink implements ByteSink {
  readonly #sink: ByteSink;
  readonly #feed: Feed;
  readonly #broken: (error: Error) => void;
  #layer: SecurityLayer | null = null;
  /** Where the next bytes are: chosen before they come, and a layer may begin meanwhile. */
  #target: Buffer = shared;

  /** `broken` is told of what the layer does not accept. */
  constructor(sink: ByteSink, broken: (error: Error) => void) {
    this.#sink = sink;
    this.#feed = new Feed(sink);
    this.#broken = broken;
  }

  /** For all that comes from now on. */
  protect(layer: SecurityLayer): void {
    this.#layer = layer;
  }

  target(): Buffer {
    this.#target = this.#layer === null ? this.#sink.target() : shared;
    return this.#target;
  }

  received(count: number): boolean {
    if (this.#layer === null) return this.#sink.received(count);
    try {
      return this.#feed.add(this.#layer.decode(this.#target.subarray(0, count)));
    } catch (error) {
      this.#broken(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  /** Offers again what the sink has refused; false when it does so again. */
  resume(): boolean {
    return this.#feed.drain();
  }
}
