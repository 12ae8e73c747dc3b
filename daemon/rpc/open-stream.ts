import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { MessageStatus, MessageType, type Header } from '../../protocol/header.ts';
import { decodeStreamPacket, type StreamPacket } from '../../protocol/stream-packet.ts';
import { XdrError } from '../../protocol/xdr/index.ts';
import { toRemoteError } from './failure.ts';
import type { Outbox } from './outbox.ts';

export interface StreamContext {
  readonly outbox: Outbox;
  readonly log: Log;
  /** A stream that refused a packet would take it now. */
  ready(): void;
  /** The memory of a packet is of no use to its stream any more. */
  recycle(data: Buffer): void;
}

/** One stream of a client, whatever it is made of. It ends when the client finishes or aborts, or by an error. */
export interface OpenStream {
  /** Whether a packet is of this stream. */
  belongs(header: Header): boolean;
  start(): void;
  /** Takes a packet, or refuses it with false until `StreamContext.ready`. */
  take(header: Header, frame: Buffer): boolean;
  /** The client has read everything that was sent. */
  drained(): void;
  /** The connection has ended: without a word to the client. */
  destroy(): void;
}

const isData = ({ type, status }: Header): boolean => type === MessageType.STREAM && status === MessageStatus.CONTINUE;

export const streamError = (code: ErrorCode, text: string): LibvirtError =>
  new LibvirtError(code, ErrorDomain.STREAMS, text, { str1: '%s', str2: text });

/** What streams of all kinds have in common: which packets are theirs, and their last word. */
export abstract class ClientStream implements OpenStream {
  readonly #call: Header;
  readonly #forget: () => void;
  protected readonly context: StreamContext;
  /** Nothing has ended it yet. */
  protected isOpen = true;

  /** `forget` is called before its last word. */
  constructor(call: Header, context: StreamContext, forget: () => void) {
    this.#call = call;
    this.#forget = forget;
    this.context = context;
  }

  protected get call(): Header {
    return this.#call;
  }

  /** All of a stream's numbers have to be those of the call that opened it. */
  belongs({ program, version, procedure }: Header): boolean {
    const call = this.#call;
    return program === call.program && version === call.version && procedure === call.procedure;
  }

  take(header: Header, frame: Buffer): boolean {
    if (!this.isOpen) return true;
    try {
      if (isData(header)) return this.takeData(frame);
      return this.obey(decodeStreamPacket(header, frame));
    } catch (error) {
      this.fail(error instanceof XdrError ? unexpected(header, error) : error);
      return true;
    }
  }

  abstract start(): void;
  abstract drained(): void;
  abstract destroy(): void;
  /** What is thrown here ends the stream, as in `obey`; false refuses the packet, as in `take`. */
  protected abstract takeData(frame: Buffer): boolean;
  /** Any other packet. */
  protected abstract obey(packet: StreamPacket): boolean;
  protected abstract fail(error: unknown): void;

  /** It has ended as the client wished. */
  protected confirm(): void {
    this.#forget();
    const { outbox } = this.context;
    if (!outbox.closed) outbox.compose().streamFinish(this.#call);
  }

  /** It has failed. */
  protected complain(error: unknown): void {
    this.#forget();
    const { outbox, log } = this.context;
    if (outbox.closed) return;
    const packet = { ...this.#call, type: MessageType.STREAM };
    outbox.compose().error(packet, toRemoteError(error, `stream of procedure ${packet.procedure}`, log));
  }
}

/** What the client is told of a packet that is none. */
function unexpected({ status }: Header, error: XdrError): LibvirtError {
  const text = status > MessageStatus.CONTINUE ? `stream aborted with unexpected status ${status}` : error.message;
  return streamError(ErrorCode.RPC, text);
}
