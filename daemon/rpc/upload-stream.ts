import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { StreamSink } from '../../drivers/contract/data-stream.ts';
import { MessageStatus, MessageType, type Header } from '../../protocol/header.ts';
import { PAYLOAD_OFFSET } from '../../protocol/limits.ts';
import { decodeStreamPacket, type StreamPacket } from '../../protocol/stream-packet.ts';
import { XdrError } from '../../protocol/xdr/index.ts';
import { UPLOAD_HIGH_WATER, UPLOAD_STALL_MS } from './limits.ts';
import {
  isData,
  isOf,
  sendFailure,
  streamError,
  unexpected,
  type OpenStream,
  type StreamContext,
} from './open-stream.ts';
import { isBorrowed } from './receiver.ts';

/** What the sink has yet to be told. */
type Step = { readonly data: Buffer } | { readonly hole: bigint } | 'finish';

/** What a step that waits costs, in bytes; a hole its own memory. */
const weightOf = (step: Step): number => (step === 'finish' ? 0 : 'hole' in step ? 256 : step.data.length);

const isEnd = ({ type, status }: Header): boolean => type === MessageType.STREAM && status !== MessageStatus.CONTINUE;

/**
 * An upload: hands what the client sends to its sink, one packet after the other, and stops reading from the client while
 * too much waits. What the client has finished is kept by the time it is told so.
 */
export class UploadStream implements OpenStream {
  readonly #call: Header;
  readonly #sink: StreamSink;
  readonly #context: StreamContext;
  readonly #forget: () => void;
  #open = true;
  #finishing = false;
  readonly #steps: Step[] = [];
  /** Bytes in `#steps` and on their way into the sink. */
  #waiting = 0;
  #working = false;
  #stall: NodeJS.Timeout | null = null;
  /** Once the stream is destroyed: until nothing of it is left. */
  #aborted: Promise<void> = Promise.resolve();

  constructor(call: Header, sink: StreamSink, context: StreamContext, forget: () => void) {
    this.#call = call;
    this.#sink = sink;
    this.#context = context;
    this.#forget = forget;
  }

  belongs(header: Header): boolean {
    return isOf(this.#call, header);
  }

  start(): void {}
  drained(): void {}

  take(header: Header, frame: Buffer): boolean {
    if (!this.#open || this.#finishing) return true;
    if (!isEnd(header) && this.#waiting > UPLOAD_HIGH_WATER) return this.#refuse();
    if (isData(header)) return this.#takeData(frame);
    try {
      this.#obey(decodeStreamPacket(header, frame));
    } catch (error) {
      this.#fail(error instanceof XdrError ? unexpected(header, error) : error);
    }
    return true;
  }

  #takeData(frame: Buffer): true {
    const data = frame.subarray(PAYLOAD_OFFSET);
    if (data.length > 0) this.#do({ data: isBorrowed(frame) ? Buffer.from(data) : data });
    return true;
  }

  #obey(packet: StreamPacket): void {
    switch (packet.kind) {
      case 'hole':
        return this.#do({ hole: packet.length });
      case 'finish':
        this.#finishing = true;
        return this.#do('finish');
      case 'abort':
        return void this.#abort();
      case 'data':
    }
  }

  #do(step: Step): void {
    this.#waiting += weightOf(step);
    this.#steps.push(step);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (let step = this.#steps.shift(); step !== undefined && this.#open; step = this.#steps.shift())
        await this.#perform(step);
    } catch (error) {
      this.#fail(error);
    }
    this.#working = false;
  }

  async #perform(step: Step): Promise<void> {
    if (step === 'finish') return await this.#finish();
    if ('hole' in step) await this.#sink.skip(step.hole);
    else {
      await this.#sink.write(step.data);
      this.#context.recycle(step.data);
    }
    this.#waiting -= weightOf(step);
    this.#unstall();
  }

  async #finish(): Promise<void> {
    this.#open = false;
    this.#unstall();
    try {
      await this.#sink.finish();
    } catch (error) {
      this.#forget();
      return sendFailure(this.#call, error, this.#context);
    }
    this.#forget();
    this.#confirm();
  }

  async #abort(): Promise<void> {
    this.destroy();
    await this.#aborted;
    this.#forget();
    this.#confirm();
  }

  #confirm(): void {
    const { outbox } = this.#context;
    if (!outbox.closed) outbox.compose().streamFinish(this.#call);
  }

  #fail(error: unknown): void {
    if (this.#open) void this.#endFailed(error);
  }

  async #endFailed(error: unknown): Promise<void> {
    this.destroy();
    await this.#aborted;
    this.#forget();
    sendFailure(this.#call, error, this.#context);
    this.#context.ready();
  }

  destroy(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#steps.length = 0;
    this.#unstall();
    this.#aborted = this.#sink.abort().catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'An upload could not be broken off cleanly');
    });
  }

  /** A sink that takes nothing at all must not hold up the client's other calls for ever. */
  #refuse(): false {
    this.#stall ??= setTimeout(() => {
      this.#fail(streamError(ErrorCode.OPERATION_TIMEOUT, 'the receiver of the stream takes no data'));
    }, UPLOAD_STALL_MS);
    return false;
  }

  #unstall(): void {
    if (this.#stall === null) return;
    clearTimeout(this.#stall);
    this.#stall = null;
    this.#context.ready();
  }
}
