import type { ImageReader } from '../images/image-facts.ts';
import { probedPieces } from '../images/probe-image.ts';

const NOTHING = Buffer.alloc(0);

/** A file of which `probedPieces` have been read, as far as there are any. */
export class SurveyedFile implements ImageReader {
  readonly size: bigint;
  /** Whether something else was asked for: then what was read is not to be relied on. */
  lacked = false;
  readonly #pieces: readonly Buffer[];

  constructor(size: bigint, pieces: readonly Buffer[]) {
    this.size = size;
    this.#pieces = pieces;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const bytes = this.#within(position, length);
    this.lacked ||= bytes === null;
    return bytes ?? NOTHING;
  }

  #within(position: number, length: number): Buffer | null {
    const index = probedPieces.findIndex(({ offset, length }) => offset <= position && position < offset + length);
    const piece = this.#pieces[index];
    if (piece === undefined) return null;
    const from = position - (probedPieces[index]?.offset ?? 0);
    const isShort = piece.length < (probedPieces[index]?.length ?? 0);
    return isShort || from + length <= piece.length ? piece.subarray(from, from + length) : null;
  }
}
