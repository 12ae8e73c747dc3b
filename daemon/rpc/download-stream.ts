import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { StreamPiece, StreamSource } from '../../drivers/contract/data-stream.ts';
import type { Header } from '../../protocol/header.ts';
import { PAYLOAD_OFFSET, STREAM_DATA_MAX } from '../../protocol/limits.ts';
import type { StreamPacket } from '../../protocol/stream-packet.ts';
import { DOWNLOAD_HIGH_WATER } from './limits.ts';
import { ClientStream, streamError, type StreamContext } from './open-stream.ts';

/**
 * A download: reads its source piece by piece, each into memory that an earlier one has left, and a little ahead of what
 * the client takes. The end of the source is the client's end of data; the stream stays until the client finishes it.
 */
export class DownloadStream extends ClientStream {
  readonly #source: StreamSource;
  /** What runs while pieces are read; null at the end of the source. */
  #pumping: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(call: Header, source: StreamSource, context: StreamContext, forget: () => void) {
    super(call, context, forget);
    this.#source = source;
  }

  start(): void {
    this.context.outbox.widen();
    this.#pumping = this.#pump().catch((error: unknown) => this.fail(error));
  }

  /** Until the source or the stream ends. Closes the source, which nothing reads any more then. */
  async #pump(): Promise<void> {
    const { outbox } = this.context;
    try {
      while (this.isOpen) {
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
    if (this.isOpen && !this.context.outbox.closed) this.#send(piece);
    return piece !== null;
  }

  #send(piece: StreamPiece | null): void {
    const { outbox } = this.context;
    if (piece === null) outbox.compose().streamDataHead(this.call, 0);
    else if ('hole' in piece) outbox.compose().streamHole(this.call, piece.hole);
    else {
      outbox.compose().streamDataHead(this.call, piece.data.length);
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

  protected takeData(frame: Buffer): true {
    if (frame.length > PAYLOAD_OFFSET) throw streamError(ErrorCode.OPERATION_INVALID, 'the stream takes no data');
    return true;
  }

  protected obey(packet: StreamPacket): true {
    if (packet.kind === 'hole') throw streamError(ErrorCode.OPERATION_INVALID, 'the stream takes no holes');
    void this.#end();
    return true;
  }

  /** Finished or aborted. What was done to the source is undone by the time the client knows. */
  async #end(): Promise<void> {
    this.destroy();
    await this.#pumping;
    this.confirm();
  }

  protected fail(error: unknown): void {
    if (!this.isOpen) return;
    this.destroy();
    this.complain(error);
  }

  destroy(): void {
    this.isOpen = false;
    this.drained();
  }
}
