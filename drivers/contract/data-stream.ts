/**
 * Bytes in one direction, with holes: what a stream of a call carries when it is a file's content. In contrast to a Duplex
 * the receiver asks for each piece and says when it is done with it, so that memory is used again, not collected.
 */

/** Data, or that many bytes of zeros. */
export type StreamPiece = { readonly data: Buffer } | { readonly hole: bigint };

/** Where a download comes from. One call at a time. */
export interface StreamSource {
  /**
   * The next piece, of at most `limit` bytes of data; null at the end. The data stays as it is until `release` is called
   * with it. An error ends the stream.
   */
  read(limit: number): Promise<StreamPiece | null>;
  /** The data of a piece has left. */
  release(data: Buffer): void;
  /** Once, at the end, whatever it was. No `read` is running any more. */
  close(): Promise<void>;
}

/** Where an upload goes. One call at a time, in the order of the stream. */
export interface StreamSink {
  /** Takes all of it; the memory is the caller's again once the promise has settled. An error ends the stream. */
  write(data: Buffer): Promise<void>;
  /** Zeros that were not sent; not negative, and else as large as the client says. */
  skip(length: bigint): Promise<void>;
  /** The client has sent everything: on return it is kept. Called once, or `abort` is. */
  finish(): Promise<void>;
  /** Breaks off; `write` may still be running. Waits until what is left is cleared away. */
  abort(): Promise<void>;
}
