import { PassThrough } from 'node:stream';
import test from 'ava';
import { isEvent } from '../../protocol/procedure.ts';
import { remote } from '../../protocol/programs/remote.ts';
import type { Call } from '../call.ts';
import { frame, KEEPALIVE, Peer, Proc, Status, Type, uint, until } from './testing/peer.ts';
import { serving } from './testing/serving.ts';

const ROUNDS = 100;
const FRAMES_PER_ROUND = 100;

/** Numbers that are the same in every run: below 2^32. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One right message of each kind: every call, and what else a client may send. */
const seeds: readonly Buffer[] = [
  ...Object.values(remote.procedures).flatMap(procedure =>
    isEvent(procedure) || procedure.number === Proc.connectClose
      ? []
      : [frame({ proc: procedure.number, payload: Buffer.alloc('args' in procedure ? procedure.args.minSize : 0) }, 1)],
  ),
  frame({ proc: 1, program: KEEPALIVE, type: Type.MESSAGE }, 0),
  ...[Status.OK, Status.ERROR, Status.CONTINUE].map(status =>
    frame({ proc: Proc.domainOpenConsole, type: Type.STREAM, status, payload: Buffer.from('data') }, 1),
  ),
  frame({ proc: Proc.domainOpenConsole, type: Type.HOLE, status: Status.CONTINUE, payload: Buffer.alloc(12) }, 1),
];

const mutations: readonly ((message: Buffer, random: (below: number) => number) => Buffer)[] = [
  (message, random) => {
    message[4 + random(message.length - 4)] = random(256);
    return message;
  },
  (message, random) => {
    message.writeUInt32BE([0, 1, 2, 3, 4, 5, 6, 0x7fffffff, 0xffffffff][random(9)] ?? 0, 4 * (1 + random(6)));
    return message;
  },
  (message, random) => message.subarray(0, 28 + random(message.length - 27)),
  (message, random) => Buffer.concat([message, Buffer.alloc(random(64), random(256))]),
  (message, random) => {
    message.fill(random(256), 28);
    return message;
  },
];

function mutated(random: (below: number) => number): Buffer {
  let message: Buffer = Buffer.from(seeds[random(seeds.length)] ?? '');
  for (let count = random(3); count >= 0; count -= 1)
    message = mutations[random(mutations.length)]?.(message, random) ?? message;
  message.writeUInt32BE(message.length);
  return message;
}

test('ten thousand spoilt messages do no harm', async t => {
  await using s = await serving({
    remote: {
      domainOpenConsole: (call: Call) => call.openStream(new PassThrough()),
      connectGetHostname: async () => ({ hostname: 'x' }),
    },
  });
  const random = randomNumbers(20_260_000);
  let survived = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const peer = await Peer.open(s.path);
    for (let count = 0; count < FRAMES_PER_ROUND; count += 1) peer.socket.write(mutated(random));
    const serial = peer.send({ proc: Proc.connectGetLibVersion, serial: 1_000_000 });
    const answered = (): boolean => peer.arrived.some(message => message.serial === serial);
    await until('the server has come to the last message', () => answered() || peer.closed);
    if (answered()) survived += 1;
    peer.close();
  }
  t.log(`${survived} of ${ROUNDS} connections survived`);
  t.true(survived > 0);
  await until('every client has left', () => s.server.clients.size === 0);
  t.deepEqual(
    s.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

test('a length that no message can have ends the connection, and is logged once', async t => {
  await using s = await serving();
  for (const length of [0, 4, 27, 33_554_437, 0xffffffff]) {
    const peer = await Peer.open(s.path);
    peer.socket.write(Buffer.concat([uint(length), Buffer.alloc(64)]));
    await peer.dropped();
  }
  t.is(s.lines.filter(({ level }) => level === 'warn').length, 5);
});

test('a stranger may not send what only clients may: long messages', async t => {
  await using s = await serving();
  const stranger = await Peer.connect(s.path);
  stranger.socket.write(uint(1 << 20));
  await stranger.dropped();
  const client = await Peer.open(s.path);
  const long = frame({ proc: Proc.connectGetLibVersion, payload: Buffer.alloc(33_554_408) }, 9);
  client.socket.write(long);
  t.like(await client.next(), { serial: 9, status: Status.ERROR });
});

test.serial('a promised message of the greatest size takes no memory before its bytes come', async t => {
  await using s = await serving();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 40; count += 1) {
    const peer = await Peer.open(s.path);
    peer.socket.write(Buffer.concat([uint(33_554_436), Buffer.alloc(1000)]));
  }
  await new Promise(resolve => setTimeout(resolve, 50));
  t.true(process.memoryUsage().arrayBuffers - before < 40 << 20);
});
