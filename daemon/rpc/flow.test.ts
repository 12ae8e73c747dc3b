import test from 'ava';
import type { Call } from '../call.ts';
import { KEEPALIVE, Peer, Proc, Status, Type, text, uint, until } from './testing/peer.ts';
import { serving } from './testing/serving.ts';

const PONG = 2;
const PING = 1;
const MIB = 1 << 20;

/** Calls of `connectGetHostname` that are under way, and what ends one. */
function pending() {
  const waiting: (() => void)[] = [];
  const connectGetHostname = async () => {
    await new Promise<void>(resolve => waiting.push(resolve));
    return { hostname: 'x' };
  };
  return { waiting, handlers: { connectGetHostname } };
}

const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 50));

test('a client runs as many calls at once as it may, and further ones are not read', async t => {
  const { waiting, handlers } = pending();
  await using s = await serving({ remote: handlers, limits: { maxClientRequests: 3 } });
  const peer = await Peer.open(s.path);
  for (let count = 0; count < 8; count += 1) peer.send({ proc: Proc.connectGetHostname });
  await until('three calls run', () => waiting.length === 3);
  await settle();
  t.is(waiting.length, 3);
  for (let answered = 1; answered <= 8; answered += 1) {
    waiting.shift()?.();
    t.like(await peer.next(), { status: Status.OK });
    const expected = Math.min(3, 8 - answered);
    await until('the next call runs', () => waiting.length === expected);
  }
});

test('a client with all its calls under way is still answered its pings', async t => {
  const { waiting, handlers } = pending();
  await using s = await serving({ remote: handlers, limits: { maxClientRequests: 1 } });
  const peer = await Peer.open(s.path);
  peer.send({ proc: Proc.connectGetHostname });
  await until('the call runs', () => waiting.length === 1);
  peer.send({ proc: PING, program: KEEPALIVE, type: Type.MESSAGE, serial: 0 });
  t.like(await peer.next(), { program: KEEPALIVE, proc: PONG, type: Type.MESSAGE, serial: 0 });
  waiting.shift()?.();
  t.like(await peer.next(), { proc: Proc.connectGetHostname });
});

test('a client beyond the limit waits until another has left', async t => {
  await using s = await serving({ limits: { maxClients: 2 } });
  const first = await Peer.open(s.path);
  await Peer.open(s.readOnlyPath);
  const third = await Peer.connect(s.path);
  third.send({ proc: Proc.authList });
  await settle();
  t.is(s.server.clients.size, 2);
  t.is(third.arrived.length, 0);
  first.close();
  t.like(await third.next(), { proc: Proc.authList, status: Status.OK });
  t.is(s.server.clients.size, 2);
});

for (const [what, makeRoom] of Object.entries<(stranger: Peer) => unknown>({
  authenticated: stranger => stranger.call({ proc: Proc.authList }),
  left: stranger => stranger.close(),
}))
  test(`strangers beyond their limit wait until one of them has ${what}`, async t => {
    await using s = await serving({ limits: { maxAnonymousClients: 1 } });
    const first = await Peer.connect(s.path);
    await until('the first is there', () => s.server.anonymous === 1);
    const second = await Peer.connect(s.path);
    second.send({ proc: Proc.authList });
    await settle();
    t.is(s.server.clients.size, 1);
    await makeRoom(first);
    t.like(await second.next(), { proc: Proc.authList, status: Status.OK });
    t.is(s.server.anonymous, 0);
  });

test('strangers at the read-only socket keep nobody from the other', async t => {
  await using s = await serving({ limits: { maxAnonymousClients: 1 } });
  await Peer.connect(s.readOnlyPath);
  await until('the stranger is there', () => s.server.anonymous === 1);
  const client = await Peer.open(s.path);
  t.is(s.server.clients.size, 2);
  client.close();
});

test('a client that does not authenticate is dropped, one that does may be silent', async t => {
  await using s = await serving({ limits: { strangerMs: 3000 } });
  const stranger = await Peer.connect(s.path);
  const client = await Peer.open(s.path);
  await stranger.dropped();
  t.is(s.server.anonymous, 0);
  t.like(
    s.lines.find(({ message }) => message === 'Dropped a client'),
    { facts: { reason: 'it has not authenticated' } },
  );
  client.close();
});

test('who is dropped again and again does not fill the log', async t => {
  await using s = await serving();
  const peers = await Promise.all(Array.from({ length: 60 }, () => Peer.connect(s.readOnlyPath)));
  for (const peer of peers) peer.socket.write(Buffer.alloc(64, 0xff));
  await Promise.all(peers.map(peer => peer.dropped()));
  const lines = s.lines.filter(({ message }) => message === 'Dropped a client').length;
  t.true(lines >= 20 && lines < 60, `${lines} lines`);
});

test('a raised limit lets the waiting in', async t => {
  await using s = await serving({ limits: { maxClients: 1 } });
  await Peer.open(s.path);
  const second = await Peer.connect(s.path);
  s.server.limits.maxClients = 2;
  s.server.regulate();
  second.send({ proc: Proc.authList });
  t.like(await second.next(), { proc: Proc.authList });
});

const askForKeepalive = { proc: Proc.connectSupportsFeature, payload: uint(10) };

test('a client that stays silent is pinged, and dropped after as many pings as it may miss', async t => {
  await using s = await serving({ keepalive: { interval: 0.05, count: 3 } });
  const peer = await Peer.open(s.path);
  await peer.call(askForKeepalive);
  await peer.dropped();
  const pings = peer.arrived.filter(message => message.program === KEEPALIVE);
  t.is(pings.length, 3);
  t.like(pings[0], { proc: PING, type: Type.MESSAGE, serial: 0, status: Status.OK });
  t.like(
    s.lines.find(({ level }) => level === 'warn'),
    { message: 'Dropped a client' },
  );
});

test('a client that answers its pings stays', async t => {
  await using s = await serving({ keepalive: { interval: 0.05, count: 5 } });
  const peer = await Peer.open(s.path);
  await peer.call(askForKeepalive);
  for (let pings = 0; pings < 8; pings += 1) {
    t.like(await peer.next(), { program: KEEPALIVE, proc: PING });
    peer.send({ proc: PONG, program: KEEPALIVE, type: Type.MESSAGE, serial: 0 });
  }
  t.false(peer.closed);
});

test('a client that has not said that it knows pings gets none', async t => {
  await using s = await serving({ keepalive: { interval: 0.02, count: 1 } });
  const peer = await Peer.open(s.path);
  await settle();
  await settle();
  t.is(peer.arrived.length, 0);
  t.false(peer.closed);
});

test('the silence of a client whose calls are not read says nothing', async t => {
  const { waiting, handlers } = pending();
  await using s = await serving({
    remote: handlers,
    limits: { maxClientRequests: 1 },
    keepalive: { interval: 0.02, count: 1 },
  });
  const peer = await Peer.open(s.path);
  await peer.call(askForKeepalive);
  for (let count = 0; count < 2; count += 1) peer.send({ proc: Proc.connectGetHostname });
  await until('it has been pinged often', () => peer.arrived.length > 8);
  t.false(peer.closed);
  waiting.shift()?.();
});

test('a client that does not read what it asked for is asked for no more', async t => {
  let answered = 0;
  const uri = 'x'.repeat(MIB);
  await using s = await serving({
    remote: {
      connectGetUri() {
        answered += 1;
        return { uri };
      },
    },
  });
  const peer = await Peer.open(s.path);
  peer.socket.pause();
  for (let count = 0; count < 100; count += 1) peer.send({ proc: Proc.connectGetUri });
  await until('some were answered', () => answered >= 4);
  await settle();
  t.true(answered < 10, `${answered} MiB are queued`);
  peer.socket.resume();
  for (let count = 0; count < 100; count += 1) t.is((await peer.next()).payload.length, 4 + MIB);
  t.is(answered, 100);
});

test('a client that does not read its events is dropped, and others get theirs', async t => {
  const clients: Call['client'][] = [];
  const connectRegisterCloseCallback = ({ client }: Call) => void clients.push(client);
  await using s = await serving({ remote: { connectRegisterCloseCallback } });
  const deaf = await Peer.open(s.path);
  const attentive = await Peer.open(s.path);
  for (const peer of [deaf, attentive]) await peer.call({ proc: 360 });
  deaf.socket.pause();
  const dom = { name: 'x'.repeat(MIB), uuid: '00000000-0000-0000-0000-000000000000', id: -1 };
  const event = { program: 'remote', procedure: 'domainEventReboot', message: { dom } } as const;
  for (let sent = 0; sent < 20; sent += 1) {
    for (const client of clients) client.sendEvent(event);
    t.is((await attentive.next()).payload.length, 4 + MIB + 16 + 4);
  }
  await until('one client is left', () => s.server.clients.size === 1);
  t.is(s.lines.filter(({ level }) => level === 'warn').length, 1);
  t.like(await attentive.call({ proc: Proc.connectGetType }), { payload: text('LXC') });
});

test('closing answers the calls under way, takes no others and ends', async t => {
  const { waiting, handlers } = pending();
  const s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  peer.send({ proc: Proc.connectGetHostname });
  await until('the call runs', () => waiting.length === 1);
  const closed = s.server.close();
  peer.send({ proc: Proc.connectGetType });
  await t.throwsAsync(Peer.connect(s.path), { code: 'ENOENT' });
  waiting.shift()?.();
  t.like(await peer.next(), { proc: Proc.connectGetHostname });
  await peer.dropped();
  t.is(peer.arrived.length, 0);
  await closed;
  await s[Symbol.asyncDispose]();
});

test('closing does not wait for ever', async t => {
  const { waiting, handlers } = pending();
  const s = await serving({ remote: handlers });
  const peer = await Peer.open(s.path);
  peer.send({ proc: Proc.connectGetHostname });
  await until('the call runs', () => waiting.length === 1);
  await s.server.close(50);
  await peer.dropped();
  waiting.shift()?.();
  await s[Symbol.asyncDispose]();
  t.pass();
});

test('what a client asked for at its end is done once, also when the end has passed', async t => {
  const ran: string[] = [];
  let session: Call['client'] | undefined;
  const connectGetHostname = ({ client }: Call) => {
    session = client;
    client.onClose(() => ran.push('first'));
    client.onClose(() => ran.push('taken back'))();
    client.onClose(() => {
      throw new Error('fails');
    });
    client.onClose(() => ran.push('second'));
    return { hostname: 'x' };
  };
  await using s = await serving({ remote: { connectGetHostname } });
  const peer = await Peer.open(s.path);
  await peer.call({ proc: Proc.connectGetHostname });
  t.deepEqual(ran, []);
  peer.close();
  await until('the client has left', () => s.server.clients.size === 0);
  t.deepEqual(ran, ['first', 'second']);
  session?.onClose(() => ran.push('late'));
  t.deepEqual(ran, ['first', 'second', 'late']);
});
