import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { errors } from '../../drivers/contract/error.ts';
import { isEvent, type CallProcedure } from '../../protocol/procedure.ts';
import { remote } from '../../protocol/programs/remote.ts';
import {
  domain,
  errorOf,
  frame,
  KEEPALIVE,
  Peer,
  Proc,
  Status,
  text,
  Type,
  uint,
  until,
  type Outgoing,
} from './testing/peer.ts';
import { serving } from './testing/serving.ts';

const run = promisify(execFile);
const virsh = (...args: string[]) => run('virsh', args, { timeout: 60_000 });

const lookupByName = { proc: 23, payload: text('x') };
const feature = (number: number): Outgoing => ({ proc: Proc.connectSupportsFeature, payload: uint(number) });
const open = (uri: string): Outgoing => ({
  proc: Proc.connectOpen,
  payload: Buffer.concat([uint(1), text(uri), uint(0)]),
});

test('stock virsh connects, asks and takes no for an answer', async t => {
  await using s = await serving({
    remote: {
      connectGetVersion: () => ({ hvVer: 6_018_000n }),
      connectGetUri: () => ({ uri: 'lxc:///' }),
      connectGetHostname: async () => ({ hostname: 'somewhere' }),
    },
  });
  const uri = `lxc+unix:///?socket=${s.path}`;
  t.is((await virsh('-c', uri, 'hostname')).stdout.trim(), 'somewhere');
  t.regex((await virsh('-c', uri, 'version')).stdout, /Running hypervisor: LXC 6\.18\.0/);
  await t.throwsAsync(virsh('-c', uri, 'nodeinfo'), {
    message: /this function is not supported by the connection driver: virNodeGetInfo/,
  });
  await t.throwsAsync(virsh('-r', '-c', `lxc+unix:///?socket=${s.readOnlyPath}`, 'define', '/dev/null'), {
    message: /operation forbidden: read only access prevents virDomainDefineXML/,
  });
  await until('virsh has left', () => s.server.clients.size === 0);
});

test('replies come as their calls finish, each under its own serial', async t => {
  const slow = Promise.withResolvers<void>();
  await using s = await serving({
    remote: {
      async connectGetHostname() {
        await slow.promise;
        return { hostname: 'slow' };
      },
    },
  });
  const peer = await Peer.open(s.path);
  const first = peer.send({ proc: Proc.connectGetHostname });
  const second = peer.send({ proc: Proc.connectGetType });
  t.like(await peer.next(), { serial: second, status: Status.OK, payload: text('LXC') });
  slow.resolve();
  t.like(await peer.next(), { serial: first, status: Status.OK, payload: text('slow') });
});

test('pipelined calls are all answered', async t => {
  await using s = await serving({ remote: { connectGetUri: async () => ({ uri: 'lxc:///' }) } });
  const peer = await Peer.open(s.path);
  const calls = Array.from({ length: 1000 }, (_, at) => (at % 3 === 0 ? Proc.connectGetUri : Proc.connectGetType));
  const serials = calls.map(proc => peer.send({ proc }));
  const answered: number[] = [];
  while (answered.length < serials.length) answered.push((await peer.next()).serial);
  t.deepEqual(
    answered.sort((a, b) => a - b),
    serials,
  );
});

test('the event that a call caused follows its reply', async t => {
  const message = { dom: { name: 'x', uuid: '00000000-0000-0000-0000-000000000000', id: -1 }, event: 2, detail: 0 };
  await using s = await serving({
    remote: {
      async connectGetHostname({ client }) {
        await Promise.resolve();
        client.sendEvent({ program: 'remote', procedure: 'domainEventLifecycle', message });
        client.sendEvent({ program: 'remote', procedure: 'domainEventLifecycle', message: { ...message, event: 3 } });
        return { hostname: 'x' };
      },
    },
  });
  const peer = await Peer.open(s.path);
  t.like(await peer.call({ proc: Proc.connectGetHostname }), { type: Type.REPLY });
  for (const event of [2, 3])
    t.like(await peer.next(), {
      type: Type.MESSAGE,
      proc: Proc.domainEventLifecycle,
      serial: 1,
      payload: Buffer.concat([domain, uint(event), uint(0)]),
    });
});

/** What the real daemon answers to a client that has opened the connection. */
const refusals: Record<string, [Outgoing, { code: number; domain: number; message: string }]> = {
  'an unknown program': [
    { proc: 1, program: 0x12345678 },
    { code: 39, domain: 7, message: 'Cannot find program 305419896 version 1' },
  ],
  'an unknown version': [
    { proc: 157, version: 2 },
    { code: 39, domain: 7, message: 'Cannot find program 536903814 version 2' },
  ],
  'an unknown procedure': [{ proc: 9999 }, { code: 39, domain: 7, message: 'unknown procedure: 9999' }],
  'a negative procedure': [{ proc: -1 }, { code: 39, domain: 7, message: 'unknown procedure: -1' }],
  'an event': [{ proc: 107 }, { code: 39, domain: 7, message: 'unknown procedure: 107' }],
  'a call with a status': [
    { proc: 157, status: 2 },
    { code: 39, domain: 7, message: 'Unexpected message status 2' },
  ],
  'arguments cut short': [
    { proc: 23, payload: uint(5) },
    { code: 39, domain: 7, message: 'Unable to decode message payload' },
  ],
  'a string beyond its bound': [
    { proc: 23, payload: uint(5 << 20) },
    { code: 39, domain: 7, message: 'Unable to decode message payload' },
  ],
  'a call of the keepalive program': [
    { proc: 1, program: KEEPALIVE },
    { code: 39, domain: 7, message: 'Cannot find program 1801807216 version 1' },
  ],
  'a second connectOpen': [
    { proc: 1, payload: Buffer.concat([uint(0), uint(0)]) },
    { code: 1, domain: 7, message: 'internal error: connection already open' },
  ],
  'a way to authenticate that was not offered': [
    { proc: 67 },
    { code: 45, domain: 7, message: 'authentication failed: authentication failed' },
  ],
  'a function that nothing implements': [
    { proc: 211, payload: Buffer.concat([domain, uint(1), uint(0)]) },
    { code: 3, domain: 20, message: 'this function is not supported by the connection driver: virDomainScreenshot' },
  ],
  'the same in another program': [
    { proc: 1, program: 0x20008087, payload: Buffer.concat([domain, text('x'), uint(0)]) },
    {
      code: 3,
      domain: 0,
      message: 'this function is not supported by the connection driver: virDomainQemuMonitorCommand',
    },
  ],
};

for (const [what, [message, expected]] of Object.entries(refusals))
  test(`${what} is refused, and the connection goes on`, async t => {
    await using s = await serving();
    const peer = await Peer.open(s.path);
    const serial = peer.send(message);
    const reply = await peer.next();
    t.deepEqual(errorOf(reply), expected);
    t.like(reply, { type: Type.REPLY, serial, proc: message.proc, program: message.program ?? 0x20008086 });
    t.like(await peer.call({ proc: Proc.connectGetLibVersion }), { status: Status.OK });
  });

for (const [what, message] of Object.entries<Outgoing>({
  'a reply': { proc: 157, type: Type.REPLY },
  'an event': { proc: 157, type: Type.MESSAGE },
  'an unknown type': { proc: 157, type: 7 },
  'a negative type': { proc: 157, type: -1 },
  'a packet of no stream': { proc: 201, type: Type.STREAM, serial: 77, status: Status.CONTINUE, payload: text('x') },
  'the end of no stream': { proc: 201, type: Type.STREAM, serial: 77 },
  'a hole in no stream': { proc: 201, type: Type.HOLE, serial: 77, status: Status.CONTINUE, payload: Buffer.alloc(12) },
  'a pong that was not asked for': { proc: 2, type: Type.MESSAGE, program: KEEPALIVE },
}))
  test(`${what} from a client is passed over`, async t => {
    await using s = await serving();
    const peer = await Peer.open(s.path);
    peer.send(message);
    t.like(await peer.call({ proc: Proc.connectGetLibVersion }), {
      proc: Proc.connectGetLibVersion,
      status: Status.OK,
    });
  });

test('a stranger may authenticate and nothing else, and then open and nothing else', async t => {
  await using s = await serving();
  const peer = await Peer.connect(s.path);
  for (const message of [{ proc: Proc.connectGetLibVersion }, { proc: Proc.connectOpen }, feature(10), { proc: 23 }])
    t.like(errorOf(await peer.call(message)), { code: 39, message: 'authentication required' });
  t.like(await peer.call({ proc: Proc.authList }), { payload: Buffer.concat([uint(1), uint(0)]) });
  const network = { proc: 46, payload: text('x') };
  for (const message of [{ proc: Proc.connectGetLibVersion }, feature(8), feature(14), lookupByName])
    t.like(errorOf(await peer.call(message)), { code: 1, message: 'internal error: hypervisor connection not open' });
  t.like(errorOf(await peer.call(network)), { code: 1, domain: 7, message: 'internal error: connection not open' });
  t.like(await peer.call(feature(10)), { payload: uint(1) });
  t.like(errorOf(await peer.call(open('qemu:///session'))), { code: 5, domain: 0 });
  t.like(await peer.call(open('lxc:///')), { status: Status.OK });
  t.like(await peer.call({ proc: Proc.connectGetLibVersion }), { status: Status.OK });
});

test('connectClose is answered, and the connection then ends', async t => {
  await using s = await serving();
  const peer = await Peer.open(s.path);
  t.like(await peer.call({ proc: Proc.connectClose }), { status: Status.OK });
  await peer.dropped();
});

const calls = Object.entries(remote.procedures).flatMap(([name, procedure]): [string, CallProcedure][] =>
  isEvent(procedure) ? [] : [[name, procedure]],
);

test('a read-only client is denied every call that its row does not allow, by name', async t => {
  await using s = await serving();
  const peer = await Peer.open(s.readOnlyPath);
  const denied: string[] = [];
  for (const [name, { number, args, readOnly, beforeAuth }] of calls) {
    if (beforeAuth === true || name.startsWith('connectOpen') || name === 'connectClose') continue;
    const reply = await peer.call({ proc: number, payload: Buffer.alloc(args?.minSize ?? 0) });
    if (reply.status !== Status.ERROR || errorOf(reply).code !== 29) continue;
    denied.push(name);
    t.regex(errorOf(reply).message, /^operation forbidden: read only access prevents vir[A-Z]\w+$/, name);
    t.falsy(readOnly, name);
  }
  t.is(denied.length, calls.filter(([, { readOnly }]) => !readOnly).length);
  t.true(denied.length >= 197);
});

for (const [what, message, detail] of [
  [
    'secrets of a domain',
    { proc: 14, payload: Buffer.concat([domain, uint(1)]) },
    'virDomainGetXMLDesc with secure flag',
  ],
  [
    'a migratable document',
    { proc: 14, payload: Buffer.concat([domain, uint(8)]) },
    'virDomainGetXMLDesc with secure flag',
  ],
  [
    'secrets of a saved domain',
    { proc: 388, payload: Buffer.concat([domain, uint(1)]) },
    'virDomainManagedSaveGetXMLDesc with secure flag',
  ],
  [
    'the agent for CPUs',
    { proc: 200, payload: Buffer.concat([domain, uint(8)]) },
    'read only access prevents virDomainGetVcpusFlags',
  ],
  [
    'the agent for addresses',
    { proc: 353, payload: Buffer.concat([domain, uint(1), uint(0)]) },
    'read only access prevents virDomainInterfaceAddresses',
  ],
] as const)
  test(`a read-only client may not ask for ${what}`, async t => {
    await using s = await serving();
    const peer = await Peer.open(s.readOnlyPath);
    t.deepEqual(errorOf(await peer.call(message)), { code: 29, domain: 20, message: `operation forbidden: ${detail}` });
    const harmless = {
      ...message,
      payload: Buffer.concat([domain, Buffer.alloc(message.payload.length - domain.length)]),
    };
    t.is(errorOf(await peer.call(harmless)).code, 3);
  });

test('the read-only flag of connectOpen binds a client of the read-write socket', async t => {
  await using s = await serving();
  const peer = await Peer.connect(s.path);
  await peer.call({ proc: Proc.authList });
  await peer.call({ proc: Proc.connectOpen, payload: Buffer.concat([uint(0), uint(1)]) });
  t.is(
    errorOf(await peer.call({ proc: Proc.domainCreateXml, payload: Buffer.concat([text('<d/>'), uint(0)]) })).code,
    29,
  );
});

test('an error of ours reaches the client whole, any other is logged and kept from it', async t => {
  await using s = await serving({
    remote: {
      connectGetHostname() {
        throw errors.noDomain("no domain with matching name 'x'");
      },
      async connectGetUri() {
        throw new TypeError('the secret is 42');
      },
      connectGetType: () => ({ type: 'a\0b' }),
    },
  });
  const peer = await Peer.open(s.path);
  t.deepEqual(errorOf(await peer.call({ proc: Proc.connectGetHostname })), {
    code: 42,
    domain: 17,
    message: "Domain not found: no domain with matching name 'x'",
  });
  for (const proc of [Proc.connectGetUri, Proc.connectGetType]) {
    const reply = await peer.call({ proc });
    t.like(errorOf(reply), { code: 1, domain: 7 });
    t.false(reply.payload.includes('secret'));
  }
  t.is(s.lines.filter(({ level }) => level === 'error').length, 2);
});

test('messages may arrive in any pieces', async t => {
  await using s = await serving();
  const message = frame({ proc: Proc.authList }, 7);
  const two = Buffer.concat([message, frame({ proc: Proc.authList }, 8)]);
  for (let at = 1; at < two.length; at += 5) {
    const peer = await Peer.connect(s.path);
    peer.socket.write(two.subarray(0, at));
    await new Promise(resolve => setImmediate(resolve));
    await until('the first piece has been read', () => peer.socket.writableLength === 0);
    peer.socket.write(two.subarray(at));
    t.deepEqual([(await peer.next()).serial, (await peer.next()).serial], [7, 8]);
    peer.close();
  }
});
