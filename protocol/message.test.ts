import test from 'ava';
import type { RemoteError } from './error.ts';
import { remoteError } from './error.ts';
import { decodeHeader, MessageStatus, MessageType, type Header } from './header.ts';
import { FDS_MAX, PAYLOAD_OFFSET } from './limits.ts';
import { MessageWriter } from './message-writer.ts';
import { decodeArgs, decodePayload, fdCount } from './message.ts';
import { lxc } from './programs/lxc.ts';
import { remote } from './programs/remote.ts';
import { decodeStreamPacket } from './stream-packet.ts';
import type { TypedParameter } from './typed-parameter.ts';
import { int, opaque, XdrError } from './xdr/index.ts';

const call: Header = {
  program: remote.number,
  version: remote.version,
  procedure: 212,
  type: MessageType.CALL,
  serial: 77,
  status: MessageStatus.OK,
};
const stream: Header = { ...call, type: MessageType.STREAM, status: MessageStatus.CONTINUE };

const error: RemoteError = {
  code: 42,
  domain: 12,
  message: 'Domain not found',
  level: 2,
  dom: null,
  str1: null,
  str2: null,
  str3: null,
  int1: -1,
  int2: -1,
  net: null,
};

const written = (write: (writer: MessageWriter) => void): Buffer => {
  const writer = new MessageWriter();
  write(writer);
  return writer.take();
};

const { domainGetState, domainEventLifecycle } = remote.procedures;

test('a reply carries the number of its call', t => {
  const frame = written(writer => writer.reply(call, domainGetState.ret, { state: 1, reason: 2 }));
  t.deepEqual(decodeHeader(frame), { ...call, type: MessageType.REPLY });
  t.deepEqual(decodePayload(domainGetState.ret, frame), { state: 1, reason: 2 });
});

test('an empty reply is a header', t => {
  t.is(written(writer => writer.reply(call, undefined, undefined)).length, PAYLOAD_OFFSET);
});

test('a reply with descriptors says how many', t => {
  const frame = written(writer => writer.reply(call, undefined, undefined, 3));
  const header = decodeHeader(frame);
  t.is(header.type, MessageType.REPLY_WITH_FDS);
  t.is(fdCount(header, frame), 3);
});

test('the arguments of a call with descriptors begin behind their count', t => {
  const { domainOpenNamespace } = lxc.procedures;
  const args = { dom: { name: 'c', uuid: '00000000-0000-0000-0000-000000000001', id: 5 }, flags: 0 };
  const header = { ...call, type: MessageType.CALL_WITH_FDS };
  const frame = written(writer => writer.message(header, domainOpenNamespace.args, args, 1));
  t.deepEqual(decodeArgs(domainOpenNamespace, header, frame), args);
});

test('more descriptors than a message may have are refused, read or written', t => {
  const header = { ...call, type: MessageType.CALL_WITH_FDS };
  const frame = written(writer => writer.message(header, int, FDS_MAX + 1));
  t.throws(() => fdCount(header, frame), { instanceOf: XdrError });
  t.throws(() => written(writer => writer.reply(call, undefined, undefined, FDS_MAX + 1)), { instanceOf: XdrError });
});

test('a call without arguments must have no payload', t => {
  const frame = written(writer => writer.message(call, int, 0));
  t.throws(() => decodeArgs({ number: 2, acl: [] }, call, frame), {
    instanceOf: XdrError,
    message: '4 bytes behind the payload',
  });
});

test('an error answers a call as its reply, and a stream packet within the stream', t => {
  const reply = written(writer => writer.error({ ...call, type: MessageType.CALL_WITH_FDS }, error));
  t.deepEqual(decodeHeader(reply), { ...call, type: MessageType.REPLY, status: MessageStatus.ERROR });
  t.deepEqual(decodePayload(remoteError, reply), error);
  const abort = written(writer => writer.error({ ...stream, type: MessageType.STREAM_HOLE }, error));
  t.deepEqual(decodeStreamPacket(decodeHeader(abort), abort), { kind: 'abort', error });
});

test('an error can be sent whatever its text', t => {
  const frame = written(writer => writer.error(call, { ...error, message: 'a\0b', str1: 'x'.repeat(9_000_000) }));
  const { message, str1 } = decodePayload(remoteError, frame);
  t.is(message, 'a\u{fffd}b');
  t.is(str1, 'x'.repeat(65_536));
});

test('an event is a message with serial 1', t => {
  const message = {
    dom: { name: 'c', uuid: '00000000-0000-0000-0000-000000000001', id: 5 },
    event: 2,
    detail: 0,
  };
  const frame = written(writer => writer.event(remote, domainEventLifecycle, message));
  t.deepEqual(decodeHeader(frame), { ...call, procedure: 107, type: MessageType.MESSAGE, serial: 1 });
  t.deepEqual(decodePayload(domainEventLifecycle.message, frame), message);
});

test('a call is not sent as an event', t => {
  t.throws(() => written(writer => writer.event(remote, domainGetState, {})), { instanceOf: TypeError });
});

test('messages that are ready together leave in one piece', t => {
  const writer = new MessageWriter();
  writer.reply(call, domainGetState.ret, { state: 1, reason: 2 });
  writer.reply({ ...call, serial: 78 }, undefined, undefined);
  t.is(writer.length, 64);
  t.is(writer.take().length, 64);
  t.is(writer.length, 0);
});

test('a message that cannot be encoded leaves no trace between its neighbours', t => {
  const writer = new MessageWriter();
  writer.reply(call, undefined, undefined);
  const bad = { state: 1, reason: Number.NaN };
  t.throws(() => writer.reply(call, domainGetState.ret, bad), { instanceOf: XdrError, message: /^reason: / });
  t.throws(() => writer.reply(call, opaque(40_000_000), Buffer.alloc(34_000_000)), { instanceOf: XdrError });
  writer.reply({ ...call, serial: 78 }, undefined, undefined);
  const bytes = writer.take();
  t.is(bytes.length, 2 * PAYLOAD_OFFSET);
  t.is(decodeHeader(bytes.subarray(PAYLOAD_OFFSET)).serial, 78);
});

const packet = test.macro({
  title: (name = '') => `${name} comes out as it went in`,
  exec(t, write: (writer: MessageWriter) => void, expected: object) {
    const frame = written(write);
    t.is(frame.readUInt32BE(0), frame.length);
    t.deepEqual(decodeStreamPacket(decodeHeader(frame), frame), expected);
  },
});
test('stream data', packet, w => w.streamData(stream, Buffer.from('abc')), { kind: 'data', data: Buffer.from('abc') });
test('the end of a download', packet, w => w.streamData(stream, Buffer.alloc(0)), {
  kind: 'data',
  data: Buffer.alloc(0),
});
test('a hole', packet, w => w.streamHole(stream, 1n << 40n), { kind: 'hole', length: 1n << 40n });
test('the end of a stream', packet, w => w.streamFinish(stream), { kind: 'finish' });
test(
  'a stream that the client gives up',
  packet,
  w => w.message({ ...stream, status: MessageStatus.ERROR }, undefined, undefined),
  {
    kind: 'abort',
    error: null,
  },
);

test('the head of a data packet counts the data that follows', t => {
  const head = written(writer => writer.streamDataHead(stream, 3));
  const frame = Buffer.concat([head, Buffer.from('abc')]);
  t.deepEqual(
    frame,
    written(writer => writer.streamData(stream, Buffer.from('abc'))),
  );
});

const noPacket = test.macro({
  title: (name = '') => `${name} is refused`,
  exec(t, header: Header, payload: string) {
    const frame = Buffer.concat([Buffer.alloc(PAYLOAD_OFFSET), Buffer.from(payload, 'hex')]);
    t.throws(() => decodeStreamPacket(header, frame), { instanceOf: XdrError });
  },
});
const hole = { ...stream, type: MessageType.STREAM_HOLE };
test('a stream packet of an unknown status', noPacket, { ...stream, status: 3 }, '');
test('a call taken for a stream packet', noPacket, call, '');
test('the end of a stream with bytes behind it', noPacket, { ...stream, status: MessageStatus.OK }, '00000000');
test('a hole of negative length', noPacket, hole, 'ffffffffffffffff00000000');
test('a hole with unknown flags', noPacket, hole, '000000000000000100000001');
test('a hole that is over already', noPacket, { ...hole, status: MessageStatus.OK }, '000000000000000100000000');

const { domainSetMemoryParameters } = remote.procedures;
const setMemory = (params: readonly TypedParameter[]): Buffer =>
  written(writer =>
    writer.message(call, domainSetMemoryParameters.args, {
      dom: { name: 'c', uuid: '00000000-0000-0000-0000-000000000001', id: 5 },
      params,
      flags: 0,
    }),
  );

test('a bad typed parameter is named when it is ours, and only counted when it came from outside', t => {
  const good: TypedParameter = { field: 'soft_limit', type: 'ullong', value: 1n };
  const bad: TypedParameter = { field: 'hard_limit', type: 'ullong', value: -1n };
  t.throws(() => setMemory([good, bad]), { instanceOf: XdrError, message: /^params\[1\]\.hard_limit: -1 is not/ });
  const frame = setMemory([good, { ...bad, value: 1n }]);
  frame.writeUInt32BE(99, frame.length - 16);
  t.throws(() => decodeArgs(domainSetMemoryParameters, call, frame), {
    instanceOf: XdrError,
    message: 'params[1].value: type 99 is none of 1 to 7',
  });
});
