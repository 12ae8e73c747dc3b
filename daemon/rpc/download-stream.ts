import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { StreamPiece, StreamSource } from '../../drivers/contract/data-stream.ts';
import type { Header } from '../../protocol/header.ts';
import { PAYLOAD_OFFSET, STREAM_DATA_MAX } from '../../protocol/limits.ts';
import { decodeStreamPacket, type StreamPacket } from '../../protocol/stream-packet.ts';
import { XdrError } from '../../protocol/xdr/index.ts';
import { DOWNLOAD_HIGH_WATER } from './limits.ts';
import {
  isData,
  isOf,
  sendFailure,
  streamError,
  unexpected,
  type OpenStream,
  type StreamContext,
} from './open-stream.ts';

/**
 * A download: reads its source piece by piece, each into memory that an earlier one has left, and a little ahead of what
 * the client takes. The end of the source is the client's end of data; the stream stays until the client finishes it.
 */
export class DownloadStream implements OpenStream {
  readonly #call: Header;
  readonly #source: StreamSource;
  readonly #context: StreamContext;
  readonly #forget: () => void;
  #open = true;
  /** What runs while pieces are read; null at the end of the source. */
  #pumping: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(call: Header, source: StreamSource, context: StreamContext, forget: () => void) {
    this.#call = call;
    this.#source = source;
    this.#context = context;
    this.#forget = forget;
  }

  belongs(header: Header): boolean {
    return isOf(this.#call, header);
  }

  start(): void {
    this.#pumping = this.#pump().catch((error: unknown) => this.#fail(error));
  }

  /** Until the source or the stream ends. Closes the source, which nothing reads any more then. */
  async #pump(): Promise<void> {
    const { outbox } = this.#context;
    try {
      while (this.#open) {
        if (outbox.backlog > DOWNLOAD_HIGH_WATER) await new Promise<void>(resolve => (this.#wake = resolve));
        else if (!(await this.#pass())) break;
      }
    } finally {
      await this.#source.close();
    }
  }

  /** Passes the next piece on; false at the end. */
  async #pass(): Promise<boolean> {
    const piece = await this.#source.read(STREAM_DATA_MAX);
    if (this.#open && !this.#context.outbox.closed) this.#send(piece);
    return piece !== null;
  }

  #send(piece: StreamPiece | null): void {
    const { outbox } = this.#context;
    if (piece === null) outbox.compose().streamDataHead(this.#call, 0);
    else if ('hole' in piece) outbox.compose().streamHole(this.#call, piece.hole);
    else {
      outbox.compose().streamDataHead(this.#call, piece.data.length);
      outbox.putData(piece.data, () => {
        this.#source.release(piece.data);
        this.drained();
      });
    }
  }

  /** Some of what was sent has left. */
  drained(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  take(header: Header, frame: Buffer): boolean {
    if (!this.#open) return true;
    try {
      if (isData(header)) this.#refuse(frame);
      else this.#obey(decodeStreamPacket(header, frame));
    } catch (error) {
      this.#fail(error instanceof XdrError ? unexpected(header, error) : error);
    }
    return true;
  }

  #refuse(frame: Buffer): void {
    if (frame.length > PAYLOAD_OFFSET) throw streamError(ErrorCode.OPERATION_INVALID, 'the stream takes no data');
  }

  #obey(packet: StreamPacket): void {
    if (packet.kind === 'hole') throw streamError(ErrorCode.OPERATION_INVALID, 'the stream takes no holes');
    if (packet.kind === 'data') return;
    void this.#end();
  }

  /** Finished or aborted. What was done to the source is undone by the time the client knows. */
  async #end(): Promise<void> {
    const { outbox } = this.#context;
    this.destroy();
    await this.#pumping;
    this.#forget();
    if (!outbox.closed) outbox.compose().streamFinish(this.#call);
  }

  #fail(error: unknown): void {
    if (!this.#open) return;
    this.destroy();
    this.#forget();
    sendFailure(this.#call, error, this.#context);
  }

  destroy(): void {
    this.#open = false;
    this.drained();
  }
}
