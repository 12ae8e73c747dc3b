import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { closeQuietly, pipe } from '../../native/ffi/libc.ts';
import type { Call } from '../call.ts';
import { domain, errorOf, frame, Peer, Proc, Status, text, Type, uint, until } from './testing/peer.ts';
import { serving, type LxcHandlers, type RemoteHandlers, type Serving } from './testing/serving.ts';

const LXC = 0x68000;
const askForFiles = { proc: Proc.connectSupportsFeature, payload: uint(8) };
const openNamespace = { proc: 1, program: LXC, payload: Buffer.concat([domain, uint(0)]) };

/** domainCreateXmlWithFiles that announces `count` descriptors. */
const create = (count: number) => ({
  proc: Proc.domainCreateXmlWithFiles,
  type: Type.CALL_WITH_FDS,
  payload: Buffer.concat([uint(count), text('<domain/>'), uint(0)]),
});

const ref = { name: 'x', uuid: '00000000-0000-0000-0000-000000000000', id: 1 };
const openFiles = (): number => readdirSync('/proc/self/fd').length;
const nameOf = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`);

/** What the handler of domainCreateXmlWithFiles saw of the descriptors it took. */
function taking() {
  const names: string[][] = [];
  const domainCreateXmlWithFiles = (call: Call) => {
    const files = call.takeFiles();
    names.push(files.map(nameOf));
    files.forEach(closeQuietly);
    return { dom: ref };
  };
  return { names, handlers: { domainCreateXmlWithFiles } };
}

interface Wishes {
  readonly remote?: RemoteHandlers;
  readonly lxc?: LxcHandlers;
}

/** A test that ends with as many open descriptors in the process as it began with; one after the other, therefore. */
const testFiles = (
  title: string,
  wishes: Wishes,
  body: (t: ExecutionContext, peer: Peer, s: Serving) => Promise<void>,
): void => {
  test.serial(title, async t => {
    await new Promise(resolve => setImmediate(resolve));
    const before = openFiles();
    {
      await using s = await serving(wishes);
      const peer = await Peer.open(s.path);
      await body(t, peer, s);
      peer.close();
    }
    await until('every descriptor is closed', () => openFiles() <= before);
    t.is(openFiles(), before);
  });
};

/** Opens /dev/null `count` times for as long as `body` runs. */
async function withFiles(count: number, body: (files: number[]) => Promise<void>): Promise<void> {
  const files = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
  await body(files);
  files.forEach(file => closeSync(file));
}

const one = taking();
testFiles('a call arrives with its descriptors, among calls without any', { remote: one.handlers }, async (t, peer) => {
  await peer.call(askForFiles);
  await withFiles(32, async files => {
    for (const count of [1, 2, 32, 0]) {
      peer.send({ proc: Proc.connectGetType });
      const serial = peer.send(create(count));
      await peer.sendFiles(files.slice(0, count));
      peer.send({ proc: Proc.connectGetLibVersion });
      t.like(await peer.next(), { proc: Proc.connectGetType, status: Status.OK });
      t.like(await peer.next(), { serial, status: Status.OK });
      t.like(await peer.next(), { proc: Proc.connectGetLibVersion, status: Status.OK });
    }
  });
  t.deepEqual(
    one.names.map(names => names.length),
    [1, 2, 32, 0],
  );
  t.true(one.names.flat().every(name => name === '/dev/null'));
});

const late = taking();
testFiles('descriptors may come long after their message', { remote: late.handlers }, async (t, peer) => {
  await peer.call(askForFiles);
  peer.send(create(2));
  await withFiles(2, async ([first = -1, second = -1]) => {
    await new Promise(resolve => setTimeout(resolve, 30));
    await peer.sendFiles([first]);
    await new Promise(resolve => setTimeout(resolve, 30));
    await peer.sendFiles([second]);
    t.like(await peer.next(), { status: Status.OK });
  });
  t.deepEqual(late.names, [['/dev/null', '/dev/null']]);
});

testFiles(
  'descriptors that the handler does not take, or that no handler is there for, are closed',
  { remote: { domainCreateXmlWithFiles: () => ({ dom: ref }) } },
  async (t, peer) => {
    await peer.call(askForFiles);
    await withFiles(3, async files => {
      peer.send(create(3));
      await peer.sendFiles(files);
      t.like(await peer.next(), { status: Status.OK });
      peer.send({ ...create(1), proc: 310, payload: Buffer.concat([uint(1), domain, uint(0)]) });
      await peer.sendFiles(files.slice(0, 1));
      t.is(errorOf(await peer.next()).code, 3);
      peer.send({ ...create(1), payload: uint(1) });
      await peer.sendFiles(files.slice(0, 1));
      t.is(errorOf(await peer.next()).code, 39);
    });
  },
);

testFiles('a client that leaves before its descriptors have come', {}, async (t, peer, s) => {
  await peer.call(askForFiles);
  await withFiles(1, async files => {
    peer.send(create(2));
    await peer.sendFiles(files);
  });
  peer.close();
  await until('the server has noticed', () => s.server.clients.size === 0);
  t.pass();
});

for (const [what, breakOff] of Object.entries<(peer: Peer, files: number[]) => Promise<unknown>>({
  'descriptors although the client never asked for them': async (peer, files) => {
    peer.send(create(1));
    await peer.sendFiles(files.slice(0, 1));
  },
  'more descriptors than a message may have': async peer => {
    await peer.call(askForFiles);
    peer.send(create(33));
  },
  'a byte where a descriptor is due': async peer => {
    await peer.call(askForFiles);
    peer.send(create(1));
    peer.socket.write(Buffer.alloc(1));
  },
  'no count of descriptors': async peer => {
    await peer.call(askForFiles);
    peer.send({ ...create(0), payload: Buffer.alloc(0) });
  },
  'descriptors read ahead with the question for them': async peer => {
    peer.socket.write(Buffer.concat([frame(askForFiles, 50), frame(create(1), 51)]));
  },
}))
  testFiles(`${what} end the connection`, { remote: taking().handlers }, async (t, peer, s) => {
    await withFiles(1, async files => {
      await breakOff(peer, files);
      await peer.dropped();
    });
    t.is(s.lines.filter(({ level }) => level === 'warn').length, 1);
  });

/** Replies with the reading ends of `count` pipes, and closes the writing ends. */
const replying = (count: number): LxcHandlers => ({
  domainOpenNamespace(call) {
    for (let at = 0; at < count; at += 1) {
      const { readEnd, writeEnd } = pipe();
      closeQuietly(writeEnd);
      call.replyFiles([readEnd]);
    }
  },
});

for (const count of [1, 32])
  testFiles(`a reply takes ${count} descriptors along`, { lxc: replying(count) }, async (t, peer) => {
    for (let round = 0; round < 3; round += 1) {
      const serial = peer.send(openNamespace);
      peer.send({ proc: Proc.connectGetType });
      const reply = await peer.next();
      t.like(reply, { type: Type.REPLY_WITH_FDS, serial, status: Status.OK, payload: uint(count) });
      t.is(reply.files.length, count);
      t.true(reply.files.every(file => nameOf(file).startsWith('pipe:')));
      reply.files.forEach(closeQuietly);
      t.like(await peer.next(), { proc: Proc.connectGetType, status: Status.OK });
    }
  });

testFiles('more descriptors than a reply may have fail the call', { lxc: replying(33) }, async (t, peer) => {
  t.is(errorOf(await peer.call(openNamespace)).code, 1);
});

testFiles('a client that does not read its descriptors and leaves', { lxc: replying(32) }, async (t, peer, s) => {
  peer.socket.pause();
  for (let calls = 0; calls < 40; calls += 1) peer.send(openNamespace);
  await new Promise(resolve => setTimeout(resolve, 50));
  peer.close();
  await until('the server has noticed', () => s.server.clients.size === 0);
  t.pass();
});
