/** Takes pieces of any length out of a stream of bytes, holding no more than one chunk and what was asked for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** What is there, at most `most` bytes; null at the end. */
  async some(most: number): Promise<Buffer | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return null;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly that many bytes; fewer at the end. */
  async exactly(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const piece = await this.some(missing);
      if (piece === null) break;
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  /** The first bytes, which stay where they are. */
  async peek(length: number): Promise<Buffer> {
    const head = await this.exactly(length);
    this.#rest = Buffer.concat([head, this.#rest]);
    return head;
  }

  /** Takes all that is left, and keeps nothing. */
  async passOver(): Promise<void> {
    while ((await this.some(Infinity)) !== null);
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let piece = await this.some(Infinity); piece !== null; piece = await this.some(Infinity)) yield piece;
  }
}
