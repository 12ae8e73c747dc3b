import test from 'ava';
import { decodeHeader, MessageStatus, MessageType, type Header } from './header.ts';
import { MessageWriter } from './message-writer.ts';
import { fdCount } from './message.ts';
import { procedureByNumber } from './procedure.ts';
import { programs } from './programs/index.ts';
import { pingHeader, pongHeader } from './programs/keepalive.ts';
import { decodeStreamPacket } from './stream-packet.ts';
import { goldenMessages, type GoldenMessage } from './testing/golden.ts';
import { decodeMessage, isStreamPacket, payloadSchema } from './testing/payload.ts';

const rewritten = (header: Header, frame: Buffer): Buffer => {
  const writer = new MessageWriter();
  if (isStreamPacket(header)) rewriteStreamPacket(writer, header, frame);
  else {
    const schema = payloadSchema(header);
    if (schema === null) throw new Error(`no procedure ${header.procedure}`);
    writer.message(header, schema, decodeMessage(header, frame), fdCount(header, frame));
  }
  return writer.take();
};

const rewriteStreamPacket = (writer: MessageWriter, header: Header, frame: Buffer): void => {
  const packet = decodeStreamPacket(header, frame);
  if (packet.kind === 'data') writer.streamData(header, packet.data);
  if (packet.kind === 'hole') writer.streamHole(header, packet.length);
  if (packet.kind === 'finish') writer.streamFinish(header);
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
      t.is(rewritten(header, frame).toString('hex'), message.hex);
    }
  },
});

for (const [name, messages] of Map.groupBy(goldenMessages, ({ prog, proc }) => `${prog} ${proc}`)) {
  test(name, sameBytes, messages);
}

/** DOMAIN_GET_XML_DESC -> domainGetXmlDesc */
const camelCase = (name: string): string =>
  name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

test('the names of recorded procedures lead to their rows', t => {
  for (const { prog, proc, hex } of goldenMessages) {
    if (prog === 'keepalive') continue;
    const header = decodeHeader(Buffer.from(hex, 'hex'));
    t.is(header.program, programs[prog].number);
    t.is(header.version, programs[prog].version);
    t.is(procedureByNumber(programs[prog], header.procedure)?.name, camelCase(proc));
  }
});

test('the keepalive messages are those that were recorded', t => {
  const recorded = goldenMessages.filter(({ prog }) => prog === 'keepalive').map(({ proc, hex }) => [proc, hex]);
  const writer = new MessageWriter();
  const ours = Object.entries({ PING: pingHeader, PONG: pongHeader }).map(([proc, header]) => {
    writer.message(header, undefined, undefined);
    return [proc, writer.take().toString('hex')];
  });
  t.true(recorded.length > 0);
  for (const message of recorded) t.true(ours.some(([proc, hex]) => proc === message[0] && hex === message[1]));
});
