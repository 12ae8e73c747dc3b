import test from 'ava';
import { remoteError } from './error.ts';
import { decodeHeader, MessageStatus, MessageType, type Header } from './header.ts';
import { PAYLOAD_OFFSET } from './limits.ts';
import { MessageWriter } from './message-writer.ts';
import { decodePayload, fdCount } from './message.ts';
import { procedureByNumber, type Procedure } from './procedure.ts';
import { programs } from './programs/index.ts';
import { keepalive, pingHeader, pongHeader } from './programs/keepalive.ts';
import { decodeStreamPacket } from './stream-packet.ts';
import { goldenMessages, type GoldenMessage } from './testing/golden.ts';
import type { Schema } from './xdr/index.ts';

/** DOMAIN_GET_XML_DESC -> domainGetXmlDesc */
const camelCase = (name: string): string =>
  name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const payloadSchema = (header: Header, procedure: Procedure): Schema<unknown> | undefined => {
  if (header.status === MessageStatus.ERROR) return remoteError;
  if ('message' in procedure) return procedure.message ?? undefined;
  const call = header.type === MessageType.CALL || header.type === MessageType.CALL_WITH_FDS;
  return call ? procedure.args : procedure.ret;
};

const rewrite = (header: Header, procedure: Procedure, frame: Buffer): Buffer => {
  const fds = fdCount(header, frame);
  const schema = payloadSchema(header, procedure);
  const value = decodePayload(schema, frame, fds > 0 ? PAYLOAD_OFFSET + 4 : PAYLOAD_OFFSET);
  const writer = new MessageWriter();
  writer.message(header, schema, value, fds);
  return writer.take();
};

const rewriteStreamPacket = (header: Header, frame: Buffer): Buffer => {
  const packet = decodeStreamPacket(header, frame);
  const writer = new MessageWriter();
  if (packet.kind === 'data') writer.streamData(header, packet.data);
  if (packet.kind === 'hole') writer.streamHole(header, packet.length);
  if (packet.kind === 'finish') writer.streamFinish(header);
  return writer.take();
};

const rewriteKeepalive = (header: Header): Buffer => {
  const writer = new MessageWriter();
  writer.message(header.procedure === keepalive.ping ? pingHeader : pongHeader, undefined, undefined);
  return writer.take();
};

const isStream = ({ type }: Header): boolean => type === MessageType.STREAM || type === MessageType.STREAM_HOLE;

const rewritten = (message: GoldenMessage, frame: Buffer): Buffer => {
  const header = decodeHeader(frame);
  if (message.prog === 'keepalive') return rewriteKeepalive(header);
  const row = procedureByNumber(programs[message.prog], header.procedure);
  if (row === undefined) throw new Error(`no procedure ${header.procedure}`);
  if (row.name !== camelCase(message.proc)) throw new Error(`${row.name} in place of ${message.proc}`);
  return isStream(header) ? rewriteStreamPacket(header, frame) : rewrite(header, row.procedure, frame);
};

/** 1 among the types -> VIR_NET_REPLY */
const wireName = (values: Readonly<Record<string, number>>, value: number): string =>
  `VIR_NET_${Object.keys(values).find(name => values[name] === value)}`;

const sameBytes = test.macro({
  title: (name = '') => `every recorded message of ${name} is read and written again byte by byte`,
  exec(t, messages: readonly GoldenMessage[]) {
    for (const message of messages) {
      const frame = Buffer.from(message.hex, 'hex');
      const header = decodeHeader(frame);
      t.is(wireName(MessageType, header.type), message.type);
      t.is(wireName(MessageStatus, header.status), message.status);
      t.is(fdCount(header, frame), message.fds);
      t.is(rewritten(message, frame).toString('hex'), message.hex);
    }
  },
});

for (const [name, messages] of Map.groupBy(goldenMessages, ({ prog, proc }) => `${prog} ${proc}`)) {
  test(name, sameBytes, messages);
}
