import { MessageStatus, MessageType, type Header } from './header.ts';
import { remoteError, type RemoteError } from './error.ts';
import { PAYLOAD_OFFSET } from './limits.ts';
import { decodePayload } from './message.ts';
import { hyper, struct, uint, XdrError } from './xdr/index.ts';

/** virNetStreamHole: `length` bytes of zeros that are not sent. No flags are known. */
export const streamHole = struct({ length: hyper, flags: uint });

/**
 * What one message of type STREAM or STREAM_HOLE says. `data` without bytes is the end of a download; `finish` asks for
 * or confirms an orderly end; `abort` is a client that gives up (null) or a server that failed.
 */
export type StreamPacket =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'hole'; readonly length: bigint }
  | { readonly kind: 'finish' }
  | { readonly kind: 'abort'; readonly error: RemoteError | null };

/** Reads a stream packet. `data` is a view of `frame`. Throws XdrError on anything that is none. */
export const decodeStreamPacket = (header: Header, frame: Buffer): StreamPacket => {
  const { type, status } = header;
  if (type === MessageType.STREAM_HOLE && status === MessageStatus.CONTINUE) return decodeHole(frame);
  if (type === MessageType.STREAM) {
    if (status === MessageStatus.CONTINUE) return { kind: 'data', data: frame.subarray(PAYLOAD_OFFSET) };
    if (status === MessageStatus.OK) return decodeFinish(frame);
    if (status === MessageStatus.ERROR) return decodeAbort(frame);
  }
  throw new XdrError(`type ${type} with status ${status} is no stream packet`);
};

const decodeHole = (frame: Buffer): StreamPacket => {
  const { length, flags } = decodePayload(streamHole, frame);
  if (length < 0n) throw new XdrError(`a hole of ${length} bytes`).within('length');
  if (flags !== 0) throw new XdrError(`unknown flags ${flags}`).within('flags');
  return { kind: 'hole', length };
};

const decodeFinish = (frame: Buffer): StreamPacket => {
  decodePayload(undefined, frame);
  return { kind: 'finish' };
};

const decodeAbort = (frame: Buffer): StreamPacket => ({
  kind: 'abort',
  error: frame.length === PAYLOAD_OFFSET ? null : decodePayload(remoteError, frame),
});
