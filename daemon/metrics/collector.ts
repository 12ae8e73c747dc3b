import { Exposition, type Format } from './exposition.ts';
import { families, scrapeDuration } from './families.ts';

/** How long figures stand for those who ask next, in ms: many who ask at once cost as much as one. */
const FRESH_MS = 1000;

type Source = (into: Exposition) => void | Promise<void>;

/** Collects figures from all their sources when somebody asks. */
export class Collector {
  readonly #sources: readonly Source[];
  #collected: Promise<Collected> | null = null;

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  /** Rejects with what a source has thrown. */
  async text(format: Format): Promise<Buffer> {
    this.#collected ??= this.#collect();
    return (await this.#collected).text(format);
  }

  async #collect(): Promise<Collected> {
    try {
      const began = performance.now();
      const exposition = new Exposition(families);
      for (const source of this.#sources) await source(exposition);
      exposition.add(scrapeDuration, '', (performance.now() - began) / 1000);
      return new Collected(exposition);
    } finally {
      setTimeout(() => (this.#collected = null), FRESH_MS).unref();
    }
  }
}

/** Written once in each format that is asked for. */
class Collected {
  readonly #exposition: Exposition;
  readonly #texts = new Map<Format, Buffer>();

  constructor(exposition: Exposition) {
    this.#exposition = exposition;
  }

  text(format: Format): Buffer {
    const text = this.#texts.get(format) ?? this.#exposition.render(format);
    this.#texts.set(format, text);
    return text;
  }
}
