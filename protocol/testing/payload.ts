import { remoteError } from '../error.ts';
import { MessageStatus, MessageType, type Header } from '../header.ts';
import { PAYLOAD_OFFSET } from '../limits.ts';
import { decodePayload, fdCount } from '../message.ts';
import { procedureByNumber, type Procedure } from '../procedure.ts';
import { programs } from '../programs/index.ts';
import { keepalive } from '../programs/keepalive.ts';
import { decodeStreamPacket } from '../stream-packet.ts';
import { nothing, type Schema } from '../xdr/index.ts';

const CALLS: readonly number[] = [MessageType.CALL, MessageType.CALL_WITH_FDS];
const STREAMS: readonly number[] = [MessageType.STREAM, MessageType.STREAM_HOLE];

const byNumber = new Map(Object.values(programs).map(program => [program.number, program]));

/** What the payload of a message is, or null when there is no such procedure. */
export const payloadSchema = (header: Header): Schema<unknown> | null => {
  if (header.program === keepalive.number) return nothing;
  const program = byNumber.get(header.program);
  const procedure = program && procedureByNumber(program, header.procedure)?.procedure;
  return procedure === undefined ? null : partOf(header, procedure);
};

const partOf = (header: Header, procedure: Procedure): Schema<unknown> => {
  if (header.status === MessageStatus.ERROR) return remoteError;
  if ('message' in procedure) return procedure.message;
  return (CALLS.includes(header.type) ? procedure.args : procedure.ret) ?? nothing;
};

export const isStreamPacket = (header: Header): boolean => STREAMS.includes(header.type);

/** Decodes a message as its receiver would: undefined when there is no such procedure. */
export const decodeMessage = (header: Header, frame: Buffer): unknown => {
  if (isStreamPacket(header)) return decodeStreamPacket(header, frame);
  const schema = payloadSchema(header);
  const withFds = header.type === MessageType.CALL_WITH_FDS || header.type === MessageType.REPLY_WITH_FDS;
  fdCount(header, frame);
  return schema === null ? undefined : decodePayload(schema, frame, withFds ? PAYLOAD_OFFSET + 4 : PAYLOAD_OFFSET);
};
