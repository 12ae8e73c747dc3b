import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { StreamSink } from '../../drivers/contract/data-stream.ts';
import type { Header } from '../../protocol/header.ts';
import { PAYLOAD_OFFSET } from '../../protocol/limits.ts';
import type { StreamPacket } from '../../protocol/stream-packet.ts';
import { UPLOAD_HIGH_WATER, UPLOAD_STALL_MS } from './limits.ts';
import { ClientStream, streamError, type StreamContext } from './open-stream.ts';
import { isBorrowed } from './receiver.ts';

/** What the sink has yet to be told. */
type Step = { readonly data: Buffer } | { readonly hole: bigint } | 'finish';

/** What a step that waits costs, in bytes; a hole its own memory. */
const weightOf = (step: Step): number => (step === 'finish' ? 0 : 'hole' in step ? 256 : step.data.length);

/**
 * An upload: hands what the client sends to its sink, one packet after the other, and stops reading from the client while
 * too much waits. What the client has finished is kept by the time it is told so.
 */
export class UploadStream extends ClientStream {
  readonly #sink: StreamSink;
  #finishing = false;
  readonly #steps: Step[] = [];
  /** Bytes in `#steps` and on their way into the sink. */
  #waiting = 0;
  #working = false;
  #stall: NodeJS.Timeout | null = null;
  /** Once the stream is destroyed: until nothing of it is left. */
  #aborted: Promise<void> = Promise.resolve();

  constructor(call: Header, sink: StreamSink, context: StreamContext, forget: () => void) {
    super(call, context, forget);
    this.#sink = sink;
  }

  start(): void {}
  drained(): void {}

  protected takeData(frame: Buffer): boolean {
    if (this.#finishing) return true;
    if (this.#waiting > UPLOAD_HIGH_WATER) return this.#refuse();
    const data = frame.subarray(PAYLOAD_OFFSET);
    if (data.length > 0) this.#do({ data: isBorrowed(frame) ? Buffer.from(data) : data });
    return true;
  }

  protected obey(packet: StreamPacket): boolean {
    if (this.#finishing) return true;
    if (packet.kind === 'hole') {
      if (this.#waiting > UPLOAD_HIGH_WATER) return this.#refuse();
      this.#do({ hole: packet.length });
    } else if (packet.kind === 'finish') {
      this.#finishing = true;
      this.#do('finish');
    } else void this.#abort();
    return true;
  }

  #do(step: Step): void {
    this.#waiting += weightOf(step);
    this.#steps.push(step);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (let step = this.#steps.shift(); step !== undefined && this.isOpen; step = this.#steps.shift())
        await this.#perform(step);
    } catch (error) {
      this.fail(error);
    }
    this.#working = false;
  }

  async #perform(step: Step): Promise<void> {
    if (step === 'finish') return await this.#finish();
    if ('hole' in step) await this.#sink.skip(step.hole);
    else {
      await this.#sink.write(step.data);
      this.context.recycle(step.data);
    }
    this.#waiting -= weightOf(step);
    this.#unstall();
  }

  async #finish(): Promise<void> {
    this.isOpen = false;
    this.#unstall();
    try {
      await this.#sink.finish();
    } catch (error) {
      return this.complain(error);
    }
    this.confirm();
  }

  async #abort(): Promise<void> {
    this.destroy();
    await this.#aborted;
    this.confirm();
  }

  protected fail(error: unknown): void {
    if (this.isOpen) void this.#endFailed(error);
  }

  async #endFailed(error: unknown): Promise<void> {
    this.destroy();
    await this.#aborted;
    this.complain(error);
    this.context.ready();
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#steps.length = 0;
    this.#unstall();
    this.#aborted = this.#sink.abort().catch((error: unknown) => {
      this.context.log.warn({ err: error }, 'An upload could not be broken off cleanly');
    });
  }

  /** A sink that takes nothing at all must not hold up the client's other calls for ever. */
  #refuse(): false {
    this.#stall ??= setTimeout(() => {
      this.fail(streamError(ErrorCode.OPERATION_TIMEOUT, 'the receiver of the stream takes no data'));
    }, UPLOAD_STALL_MS);
    return false;
  }

  #unstall(): void {
    if (this.#stall === null) return;
    clearTimeout(this.#stall);
    this.#stall = null;
    this.context.ready();
  }
}
