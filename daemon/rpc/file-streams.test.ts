import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileSink } from '../../drivers/storage/volumes/file-sink.ts';
import { FileSource } from '../../drivers/storage/volumes/file-source.ts';
import type { Call } from '../call.ts';
import { errorOf, Peer, Proc, Status, text, Type, uint, until } from './testing/peer.ts';
import { serving } from './testing/serving.ts';

const HOLE = Type.HOLE;
const volume = Buffer.concat([text('pool'), text('volume'), text('key')]);
const payload = Buffer.concat([volume, Buffer.alloc(16), uint(0)]);
const { storageVolUpload: UPLOAD, storageVolDownload: DOWNLOAD } = Proc;
const whole = { offset: 0n, length: 0n };

function makeFile(t: ExecutionContext, content: string, parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'lxvirtd-streams-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'volume');
  writeFileSync(path, content);
  return path;
}

/** What a file has from `position` on. */
const tail = (path: string, position: bigint): string =>
  execFileSync('dd', [`if=${path}`, 'bs=1', `skip=${position}`, 'status=none'], { encoding: 'utf8' });

/** Streams of a file, and how many of them have ended. */
function streamsOf(path: string) {
  let ended = 0;
  const handlers = {
    async storageVolUpload(call: Call): Promise<void> {
      const sink = await FileSink.create(openSync(path, 'r+'), whole, path);
      call.openUpload({
        write: data => sink.write(data),
        skip: length => sink.skip(length),
        finish: () => sink.finish().finally(() => ended++),
        abort: () => sink.abort().finally(() => ended++),
      });
    },
    async storageVolDownload(call: Call): Promise<void> {
      const source = await FileSource.create(openSync(path, 'r'), { ...whole, sparse: true });
      call.openDownload({
        read: limit => source.read(limit),
        release: data => source.release(data),
        close: () => source.close().finally(() => ended++),
      });
    },
  };
  return { handlers, ended: () => ended };
}

async function opened(peer: Peer, proc: number): Promise<number> {
  const serial = peer.send({ proc, payload });
  const { type, status } = await peer.next();
  if (type !== Type.REPLY || status !== Status.OK) throw new Error('the stream was not opened');
  return serial;
}

const data = (serial: number, content: string) => ({
  proc: UPLOAD,
  serial,
  type: Type.STREAM,
  status: Status.CONTINUE,
  payload: Buffer.from(content),
});

function hole(serial: number, length: bigint, flags = 0) {
  const body = Buffer.alloc(12);
  body.writeBigInt64BE(length);
  body.writeUInt32BE(flags, 8);
  return { proc: UPLOAD, serial, type: HOLE, status: Status.CONTINUE, payload: body };
}

const end = (serial: number, status: number, proc: number = UPLOAD) => ({ proc, serial, type: Type.STREAM, status });

test('data and holes of an upload lie where they belong', async t => {
  const path = makeFile(t, 'x'.repeat(100));
  const { handlers, ended } = streamsOf(path);
  await using s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, UPLOAD);
  for (const packet of [data(serial, 'ab'), hole(serial, 10n), data(serial, 'cd'), hole(serial, 200n)])
    peer.send(packet);
  t.like(await peer.call(end(serial, Status.OK)), { type: Type.STREAM, serial, status: Status.OK });
  t.is(ended(), 1);
  t.is(readFileSync(path, 'latin1'), `ab${'\0'.repeat(10)}cd${'\0'.repeat(200)}`);
});

for (const [what, length, flags] of [
  ['is beyond all files', (1n << 63n) - 1n, 0],
  ['is negative', -1n, 0],
  ['has flags that nobody knows', 1n, 1],
] as const)
  test(`a hole that ${what} ends the stream, and nothing else`, async t => {
    const path = makeFile(t, 'content');
    const { handlers, ended } = streamsOf(path);
    await using s = await serving({ remote: handlers });
    const peer = await Peer.open(s.path);
    const serial = await opened(peer, UPLOAD);
    t.like(await peer.call(hole(serial, length, flags)), { type: Type.STREAM, serial, status: Status.ERROR });
    t.is(ended(), 1);
    t.is(readFileSync(path, 'utf8'), 'content');
    t.like(await peer.call({ proc: Proc.connectGetType }), { type: Type.REPLY });
  });

/** Where a file may be as long as the kernel can count. */
const hugeFiles = '/dev/shm';

test('holes of an upload may reach as far as is counted exactly, together and alone, and no further', async t => {
  const path = makeFile(t, '', hugeFiles);
  const { handlers, ended } = streamsOf(path);
  await using s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  const half = 1n << 52n;
  for (const holes of [[half, half], [2n * half], [half, (1n << 63n) - 1n], [half - 1n, half, 2n]]) {
    const serial = await opened(peer, UPLOAD);
    for (const length of holes) peer.send(hole(serial, length));
    const answer = await peer.next();
    t.like(answer, { type: Type.STREAM, serial, status: Status.ERROR });
    t.like(errorOf(answer), { code: 38, domain: 38, message: 'cannot write to stream: File too large' });
  }
  t.is(ended(), 4);
  const serial = await opened(peer, UPLOAD);
  for (const length of [half - 1n, half - 3n]) peer.send(hole(serial, length));
  peer.send(data(serial, 'end'));
  t.like(await peer.call(end(serial, Status.OK)), { type: Type.STREAM, serial, status: Status.OK });
  t.is(statSync(path, { bigint: true }).size, 2n * half - 1n);
  t.is(tail(path, 2n * half - 4n), 'end');
});

test('a download is exact beyond what a number counts exactly', async t => {
  const path = makeFile(t, 'begin', hugeFiles);
  const at = (1n << 60n) + 4097n;
  execFileSync('dd', [`of=${path}`, 'bs=1', `seek=${at}`, 'conv=notrunc', 'status=none'], { input: 'end' });
  const { handlers } = streamsOf(path);
  await using s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, DOWNLOAD);
  let position = 0n;
  let last = '';
  for (;;) {
    const { type, payload } = await peer.next();
    if (type === HOLE) position += payload.readBigInt64BE();
    else if (payload.length === 0) break;
    else position += BigInt(payload.length);
    if (type !== HOLE) last = payload.toString('latin1');
  }
  t.is(position, at + 3n);
  t.is(last.slice(-3), 'end');
  t.like(await peer.call(end(serial, Status.OK, DOWNLOAD)), { type: Type.STREAM, serial, status: Status.OK });
});

test('an upload that is aborted keeps what has arrived, and lets go of the file', async t => {
  const path = makeFile(t, '');
  const { handlers, ended } = streamsOf(path);
  await using s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, UPLOAD);
  peer.send(data(serial, 'half'));
  await until('the data has arrived', () => statSync(path).size === 4);
  t.like(await peer.call(end(serial, Status.ERROR)), { type: Type.STREAM, serial, status: Status.OK });
  t.is(ended(), 1);
});

test('a client that goes away in the middle holds no file', async t => {
  const path = makeFile(t, '');
  truncateSync(path, 1 << 30);
  const { handlers, ended } = streamsOf(path);
  await using s = await serving({ remote: handlers });
  const [one, other] = [await Peer.open(s.path), await Peer.open(s.path)];
  await opened(one, UPLOAD);
  await opened(other, DOWNLOAD);
  for (const peer of [one, other]) peer.close();
  await until('both streams have ended', () => ended() === 2);
  t.pass();
});

test('a download tells the holes of a file, its data, and its end', async t => {
  const path = makeFile(t, 'begin');
  truncateSync(path, 8 << 20);
  const { handlers, ended } = streamsOf(path);
  await using s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  const serial = await opened(peer, DOWNLOAD);
  const first = await peer.next();
  t.is(first.payload.toString('latin1', 0, 5), 'begin');
  const second = await peer.next();
  t.is(second.type, HOLE);
  t.is(Number(second.payload.readBigInt64BE()) + first.payload.length, 8 << 20);
  t.like(await peer.next(), { type: Type.STREAM, status: Status.CONTINUE, payload: Buffer.alloc(0) });
  t.like(await peer.call(end(serial, Status.OK, DOWNLOAD)), { type: Type.STREAM, serial, status: Status.OK });
  t.is(ended(), 1);
});
