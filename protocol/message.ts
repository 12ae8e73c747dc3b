import { MessageType, type Header } from './header.ts';
import { FDS_MAX, PAYLOAD_OFFSET } from './limits.ts';
import type { CallProcedure } from './procedure.ts';
import { nothing, Reader, XdrError, type Schema } from './xdr/index.ts';

/** The whole payload of a message, from `offset` on. Throws XdrError when anything is left behind it. */
export function decodePayload<T>(schema: Schema<T>, frame: Buffer, offset?: number): T;
export function decodePayload(schema: Schema<unknown> | undefined, frame: Buffer, offset?: number): unknown;
export function decodePayload(schema: Schema<unknown> = nothing, frame: Buffer, offset = PAYLOAD_OFFSET): unknown {
  const reader = new Reader(frame, offset);
  const value = schema.decode(reader);
  if (reader.left > 0) throw new XdrError(`${reader.left} bytes behind the payload`);
  return value;
}

const carriesFds = ({ type }: Header): boolean =>
  type === MessageType.CALL_WITH_FDS || type === MessageType.REPLY_WITH_FDS;

/**
 * How many descriptors follow the message, each on a byte of its own in the stream. Throws XdrError when there are more
 * than a message may have.
 */
export const fdCount = (header: Header, frame: Buffer): number => {
  if (!carriesFds(header)) return 0;
  const count = new Reader(frame, PAYLOAD_OFFSET).uint();
  if (count > FDS_MAX) throw new XdrError(`${count} descriptors, at most ${FDS_MAX} are allowed`);
  return count;
};

/** The arguments of a call: undefined when the procedure has none. Throws XdrError with the path of the bad field. */
export const decodeArgs = (procedure: CallProcedure, header: Header, frame: Buffer): unknown =>
  decodePayload(procedure.args, frame, carriesFds(header) ? PAYLOAD_OFFSET + 4 : PAYLOAD_OFFSET);
