import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { MessageStatus, MessageType, type Header } from '../../protocol/header.ts';
import type { XdrError } from '../../protocol/xdr/index.ts';
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

/** All of a stream's numbers have to be those of the call that opened it. */
export const isOf = (call: Header, header: Header): boolean =>
  header.program === call.program && header.version === call.version && header.procedure === call.procedure;

export const isData = ({ type, status }: Header): boolean =>
  type === MessageType.STREAM && status === MessageStatus.CONTINUE;

export const streamError = (code: ErrorCode, text: string): LibvirtError =>
  new LibvirtError(code, ErrorDomain.STREAMS, text, { str1: '%s', str2: text });

/** What the client is told of a packet that is none. */
export function unexpected({ status }: Header, error: XdrError): LibvirtError {
  const text = status > MessageStatus.CONTINUE ? `stream aborted with unexpected status ${status}` : error.message;
  return streamError(ErrorCode.RPC, text);
}

/** Tells the client that its stream has failed. */
export function sendFailure(call: Header, error: unknown, { outbox, log }: StreamContext): void {
  if (outbox.closed) return;
  const packet = { ...call, type: MessageType.STREAM };
  outbox.compose().error(packet, toRemoteError(error, `stream of procedure ${packet.procedure}`, log));
}
