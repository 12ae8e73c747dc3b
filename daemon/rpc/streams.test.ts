import { createHash } from 'node:crypto';
import { Duplex, PassThrough } from 'node:stream';
import { mock } from 'node:test';
import test from 'ava';
import { errors } from '../../drivers/contract/error.ts';
import { domain, errorOf, Peer, Proc, Status, text, Type, uint, until, type Incoming } from './testing/peer.ts';
import { STREAMS_MAX, UPLOAD_STALL_MS } from './limits.ts';
import { serving, type RemoteHandlers } from './testing/serving.ts';

const MIB = 1 << 20;

const consoleArgs = Buffer.concat([domain, uint(0), uint(0)]);
const volume = Buffer.concat([text('pool'), text('volume'), text('key')]);
const volumeArgs = Buffer.concat([volume, Buffer.alloc(16), uint(0)]);
const openConsole = { proc: Proc.domainOpenConsole, payload: consoleArgs };
const upload = { proc: Proc.storageVolUpload, payload: volumeArgs };
const download = { proc: Proc.storageVolDownload, payload: volumeArgs };

/** Every stream that a client opens is made of the next of `channels`. */
const streamsOf = (...channels: Duplex[]): RemoteHandlers => {
  const open = async (call: { openStream(channel: Duplex): void }): Promise<void> => {
    const channel = channels.shift();
    if (channel !== undefined) call.openStream(channel);
  };
  return { domainOpenConsole: open, storageVolUpload: open, storageVolDownload: open };
};

/** What comes in at one end goes out at the other, as in a console that echoes. */
const echo = (): Duplex => new PassThrough();

/** Takes data once it was let, and remembers its hash. */
function sink(letAtOnce = true) {
  const hash = createHash('sha256');
  let open = letAtOnce;
  let waiting: (() => void) | null = null;
  let finished = false;
  const channel = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      if (open) done();
      else waiting = done;
    },
    final(done) {
      finished = true;
      done();
    },
  });
  const take = (): void => {
    open = true;
    waiting?.();
  };
  return { channel, take, digest: () => hash.digest('hex'), finished: () => finished };
}

/** `total` bytes of a pattern, or without an end. */
function source(total = Infinity) {
  let sent = 0;
  const channel = new Duplex({
    read(size) {
      const length = Math.min(size, total - sent);
      sent += length;
      this.push(length === 0 ? null : Buffer.alloc(length, sent % 251));
    },
    write: (_chunk, _encoding, done) => done(),
  });
  return { channel, sent: () => sent };
}

const packet = (serial: number, data: Buffer | string, proc: number = Proc.domainOpenConsole) => ({
  proc,
  serial,
  type: Type.STREAM,
  status: Status.CONTINUE,
  payload: Buffer.from(data),
});
const finish = (serial: number, proc: number = Proc.domainOpenConsole) => ({ proc, serial, type: Type.STREAM });
const abort = (serial: number, proc: number = Proc.domainOpenConsole) => ({
  ...finish(serial, proc),
  status: Status.ERROR,
});

const isPacket = (message: Incoming, serial: number, status: number) =>
  message.type === Type.STREAM && message.serial === serial && message.status === status;

async function opened(peer: Peer, call: { proc: number; payload: Buffer }): Promise<number> {
  const serial = peer.send(call);
  const reply = await peer.next();
  if (reply.type !== Type.REPLY || reply.status !== Status.OK) throw new Error('the stream was not opened');
  return serial;
}

test('a console carries data both ways until the client finishes', async t => {
  const channel = echo();
  await using s = await serving({ remote: streamsOf(channel) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, openConsole);
  for (const line of ['one', 'two']) {
    peer.send(packet(serial, line));
    t.like(await peer.next(), { ...packet(serial, line) });
  }
  t.like(await peer.call(finish(serial)), { type: Type.STREAM, serial, status: Status.OK, payload: Buffer.alloc(0) });
  await until('the channel is closed', () => channel.destroyed);
  peer.send(packet(serial, 'late'));
  t.like(await peer.call({ proc: Proc.connectGetType }), { type: Type.REPLY });
});

test('the end of the data is an empty packet, and the client then finishes', async t => {
  const { channel } = source(600_000);
  await using s = await serving({ remote: streamsOf(channel) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, download);
  let received = 0;
  for (let message = await peer.next(); message.payload.length > 0; message = await peer.next()) {
    t.true(isPacket(message, serial, Status.CONTINUE));
    t.true(message.payload.length <= 262_120);
    received += message.payload.length;
  }
  t.is(received, 600_000);
  t.like(await peer.call(finish(serial, download.proc)), { type: Type.STREAM, status: Status.OK });
});

test('a chunk that is too long for a packet is sent in several', async t => {
  const channel = echo();
  await using s = await serving({ remote: streamsOf(channel) });
  const peer = await Peer.open(s.path);
  await opened(peer, download);
  const data = Buffer.alloc(600_000, 'abc');
  channel.write(data);
  const packets = [await peer.next(), await peer.next(), await peer.next()];
  t.deepEqual(
    packets.map(({ payload }) => payload.length),
    [262_120, 262_120, 75_760],
  );
  t.true(Buffer.concat(packets.map(({ payload }) => payload)).equals(data));
});

test('an upload arrives whole, and is confirmed once the channel has finished', async t => {
  const { channel, take, digest, finished } = sink(false);
  await using s = await serving({ remote: streamsOf(channel) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, upload);
  const hash = createHash('sha256');
  for (let count = 0; count < 40; count += 1) {
    const data = Buffer.alloc(262_120, count);
    hash.update(data);
    peer.send(packet(serial, data, upload.proc));
  }
  peer.send(packet(serial, '', upload.proc));
  peer.send(finish(serial, upload.proc));
  await until('the server reads no more', () => channel.writableLength > MIB);
  t.true(channel.writableLength < 2 * MIB);
  t.true(peer.socket.writableLength > 5 * MIB);
  take();
  t.like(await peer.next(), { type: Type.STREAM, serial, status: Status.OK });
  t.true(finished());
  t.true(channel.destroyed);
  t.is(digest(), hash.digest('hex'));
});

test('while one stream takes no more, other calls and streams of the client go on', async t => {
  const stuck = sink(false);
  await using s = await serving({ remote: streamsOf(stuck.channel, echo()) });
  const peer = await Peer.open(s.path);
  const first = await opened(peer, upload);
  const second = await opened(peer, openConsole);
  for (let count = 0; count < 4; count += 1) peer.send(packet(first, Buffer.alloc(200_000), upload.proc));
  peer.send(packet(second, 'still here'));
  t.like(await peer.next(), { serial: second, payload: Buffer.from('still here') });
  t.like(await peer.call({ proc: Proc.connectGetType }), { type: Type.REPLY });
  t.like(await peer.call(abort(first, upload.proc)), { serial: first, status: Status.OK });
});

test.serial('a stream whose channel takes nothing at all is given up, and what waited behind it goes on', async t => {
  const stuck = sink(false);
  await using s = await serving({ remote: streamsOf(stuck.channel) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, upload);
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    for (let count = 0; count < 12; count += 1) peer.send(packet(serial, Buffer.alloc(200_000), upload.proc));
    peer.send({ proc: Proc.connectGetType });
    while (stuck.channel.writableLength < MIB) await new Promise(resolve => setImmediate(resolve));
    for (let turns = 0; turns < 100; turns += 1) await new Promise(resolve => setImmediate(resolve));
    t.is(peer.arrived.length, 0);
    mock.timers.tick(UPLOAD_STALL_MS);
  } finally {
    mock.timers.reset();
  }
  const given = await peer.next();
  t.true(isPacket(given, serial, Status.ERROR));
  t.like(errorOf(given), { code: 68, domain: 38 });
  t.true(stuck.channel.destroyed);
  t.like(await peer.next(), { proc: Proc.connectGetType, status: Status.OK });
});

test('an abort destroys the channel and is confirmed', async t => {
  for (const call of [openConsole, upload, download]) {
    const { channel, finished } = sink();
    await using s = await serving({ remote: streamsOf(channel) });
    const peer = await Peer.open(s.path);
    const serial = await opened(peer, call);
    t.like(await peer.call(abort(serial, call.proc)), { type: Type.STREAM, serial, status: Status.OK });
    t.true(channel.destroyed);
    t.false(finished());
    peer.send(abort(serial, call.proc));
    t.like(await peer.call({ proc: Proc.connectGetType }), { type: Type.REPLY });
  }
});

test('a channel that fails ends its stream with the error', async t => {
  const failing = echo();
  const broken = echo();
  broken.on('error', () => {});
  broken.destroy(errors.operationInvalid('the container is gone'));
  await using s = await serving({ remote: streamsOf(failing, broken) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, openConsole);
  failing.destroy(errors.operationFailed('out of paper'));
  const message = await peer.next();
  t.true(isPacket(message, serial, Status.ERROR));
  t.like(errorOf(message), { code: 9, message: 'operation failed: out of paper' });
  await opened(peer, openConsole);
  t.like(errorOf(await peer.next()), { message: 'Requested operation is not valid: the container is gone' });
  peer.send(finish(serial));
  t.like(await peer.call({ proc: Proc.connectGetType }), { type: Type.REPLY });
});

test('an upload whose channel cannot finish fails, and one that takes long to can be aborted', async t => {
  const failing = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
    final: done => done(errors.operationFailed('disk full')),
  });
  const slow = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), final() {} });
  await using s = await serving({ remote: streamsOf(failing, slow) });
  const peer = await Peer.open(s.path);
  const first = await opened(peer, upload);
  t.like(errorOf(await peer.call(finish(first, upload.proc))), { message: 'operation failed: disk full' });
  const second = await opened(peer, upload);
  peer.send(finish(second, upload.proc));
  t.like(await peer.call(abort(second, upload.proc)), { type: Type.STREAM, serial: second, status: Status.OK });
  t.like(await peer.call({ proc: Proc.connectGetType }), { type: Type.REPLY });
});

test('a channel that is closed without an end ends a download, and fails an upload', async t => {
  const channels = [echo(), echo()];
  const gone = echo();
  gone.destroy();
  await new Promise(resolve => gone.once('close', resolve));
  await using s = await serving({ remote: streamsOf(...channels, gone) });
  const peer = await Peer.open(s.path);
  const first = await opened(peer, openConsole);
  const second = await opened(peer, upload);
  for (const channel of channels) channel.destroy();
  t.like(await peer.next(), { serial: first, status: Status.CONTINUE, payload: Buffer.alloc(0) });
  t.true(isPacket(await peer.next(), second, Status.ERROR));
  const third = await opened(peer, openConsole);
  t.like(await peer.next(), { serial: third, status: Status.CONTINUE, payload: Buffer.alloc(0) });
});

test('what is no packet of the stream is refused or passed over, as the real daemon does', async t => {
  await using s = await serving({ remote: streamsOf(echo(), echo(), echo()) });
  const peer = await Peer.open(s.path);
  const first = await opened(peer, openConsole);
  t.like(errorOf(await peer.call({ ...finish(first), status: 7 })), {
    code: 39,
    domain: 38,
    message: 'stream aborted with unexpected status 7',
  });
  const second = await opened(peer, openConsole);
  const hole = { ...packet(second, Buffer.alloc(12)), type: Type.HOLE };
  t.like(errorOf(await peer.call(hole)), { domain: 38 });
  const third = await opened(peer, openConsole);
  peer.send(packet(third, 'x', Proc.storageVolUpload));
  peer.send({ ...packet(third, 'x'), version: 2 });
  peer.send({ ...packet(third, 'x'), program: 0x68000 });
  t.like(await peer.call(packet(third, 'mine')), { payload: Buffer.from('mine') });
});

test('nothing that waited is lost when a stream fails on a packet that waited, too', async t => {
  const answered = Promise.withResolvers<void>();
  await using s = await serving({
    remote: {
      ...streamsOf(echo()),
      async connectGetHostname() {
        await answered.promise;
        return { hostname: 'x' };
      },
    },
    limits: { maxClientRequests: 1 },
  });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, openConsole);
  peer.send({ proc: Proc.connectGetHostname });
  const expected = [
    { serial: peer.send({ proc: Proc.connectGetType }), type: Type.REPLY },
    { serial: peer.send({ ...finish(serial), status: 7 }), type: Type.STREAM },
    { serial: peer.send({ proc: Proc.connectGetHostname }), type: Type.REPLY },
    { serial: peer.send({ proc: Proc.connectGetType }), type: Type.REPLY },
  ];
  await until('everything has been sent', () => peer.socket.writableLength === 0);
  answered.resolve();
  t.like(await peer.next(), { proc: Proc.connectGetHostname });
  for (const message of expected) t.like(await peer.next(), message);
});

test('a call that fails takes its channel along', async t => {
  const channels = [echo(), echo()];
  await using s = await serving({
    remote: {
      domainOpenConsole(call) {
        for (const channel of channels.splice(0, 1)) call.openStream(channel);
        throw errors.operationInvalid('no console');
      },
    },
  });
  const [channel] = channels;
  const peer = await Peer.open(s.path);
  t.like(errorOf(await peer.call(openConsole)), { code: 55 });
  t.true(channel?.destroyed);
});

test('the serial of an open stream cannot open another', async t => {
  const channels = [echo(), echo()];
  const [, second] = channels;
  await using s = await serving({ remote: streamsOf(...channels) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, openConsole);
  t.like(errorOf(await peer.call({ ...openConsole, serial })), { code: 39 });
  t.true(second?.destroyed);
  t.like(await peer.call(packet(serial, 'x')), { payload: Buffer.from('x') });
});

test('a console that prints without end into a client that does not read grows nothing, and calls are not starved', async t => {
  const { channel, sent } = source();
  await using s = await serving({ remote: streamsOf(channel) });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, openConsole);
  peer.socket.pause();
  await until('the pump has filled up', () => channel.isPaused());
  const full = sent();
  await new Promise(resolve => setTimeout(resolve, 50));
  t.is(sent(), full);
  t.true(full < 2 * MIB, `${full} bytes are queued`);
  for (let calls = 0; calls < 20; calls += 1) peer.send({ proc: Proc.connectGetType });
  peer.socket.resume();
  for (let replies = 0, read = 0; replies < 20; read += 1) {
    const message = await peer.next();
    if (message.type === Type.REPLY) replies += 1;
    else t.true(isPacket(message, serial, Status.CONTINUE));
    t.true(read < 1000, 'the replies wait behind the console');
  }
});

test('a client has a limited number of streams, and another when one has ended', async t => {
  const channels = Array.from({ length: STREAMS_MAX + 1 }, echo);
  await using s = await serving({ remote: streamsOf(...channels) });
  const peer = await Peer.open(s.path);
  const serials: number[] = [];
  while (serials.length < STREAMS_MAX) serials.push(await opened(peer, openConsole));
  t.like(errorOf(await peer.call(openConsole)), { code: 9, domain: 38 });
  const [first = 0] = serials;
  peer.send(packet(first, 'still here'));
  t.like(await peer.next(), { serial: first, payload: Buffer.from('still here') });
  t.like(await peer.call(finish(first)), { serial: first, status: Status.OK });
  const last = await opened(peer, openConsole);
  peer.send(packet(last, 'here, too'));
  t.like(await peer.next(), { serial: last, payload: Buffer.from('here, too') });
  t.false(channels.at(-1)?.destroyed);
});

test('streams end with their connection', async t => {
  const channels = [echo(), sink().channel, source().channel];
  const all = [...channels];
  await using s = await serving({ remote: streamsOf(...channels) });
  const peer = await Peer.open(s.path);
  await opened(peer, openConsole);
  await opened(peer, upload);
  await opened(peer, download);
  peer.close();
  await until('every channel is closed', () => all.every(channel => channel.destroyed));
  await until('the client has left', () => s.server.clients.size === 0);
  t.pass();
});

test('a channel opened for a client that has left meanwhile is closed', async t => {
  const left = Promise.withResolvers<void>();
  const channel = echo();
  await using s = await serving({
    remote: {
      async domainOpenConsole(call) {
        await left.promise;
        call.openStream(channel);
      },
    },
  });
  const peer = await Peer.open(s.path);
  peer.send(openConsole);
  await until('the call runs', () => [...s.server.clients.values()].some(({ runningCalls }) => runningCalls === 1));
  peer.close();
  await until('the client has left', () => s.server.clients.size === 0);
  left.resolve();
  await until('the channel is closed', () => channel.destroyed);
  t.pass();
});
