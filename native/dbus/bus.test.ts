import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { Bus, BusError } from './bus.ts';
import { decodeMessage, encodeCall } from './message.ts';
import { typesOf, ValueReader, ValueWriter, type Value } from './value.ts';

function temporary(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-bus-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A bus of the test's own, run by the reference implementation. */
async function privateBus(t: ExecutionContext): Promise<string> {
  const directory = temporary(t);
  const path = join(directory, 'socket');
  const config = join(directory, 'config');
  writeFileSync(
    config,
    `<busconfig><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
     <policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const daemon = spawn('dbus-daemon', ['--nofork', '--print-address', `--config-file=${config}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => daemon.kill('SIGKILL'));
  await once(daemon.stdout, 'data');
  return path;
}

const bus = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };

test('calls are answered by a bus of the reference implementation', async t => {
  const connection = await Bus.open(await privateBus(t));
  t.teardown(() => connection.close());
  const [names] = await connection.call({ ...bus, member: 'ListNames' });
  t.true(Array.isArray(names) && names.includes('org.freedesktop.DBus'));
  const [own] = Array.isArray(names) ? names.filter(name => String(name).startsWith(':')) : [];
  const body = [own ?? ''];
  const [facts] = await connection.call({ ...bus, member: 'GetConnectionCredentials', signature: 's', body });
  t.true(
    Array.isArray(facts) &&
      facts.some(fact => isDeepStrictEqual(fact, ['ProcessID', { signature: 'u', value: process.pid }])),
  );
});

test('calls that run side by side get their own answers, and a refused one its error', async t => {
  const connection = await Bus.open(await privateBus(t));
  t.teardown(() => connection.close());
  const names = Array.from({ length: 50 }, (_, at) => `org.example.Name${at}`);
  const owned = await Promise.all(
    names.map(name => connection.call({ ...bus, member: 'RequestName', signature: 'su', body: [name, 0] })),
  );
  t.true(owned.every(([result]) => result === 1));
  const error = await t.throwsAsync(
    connection.call({ ...bus, destination: 'org.example.Nobody', path: '/', member: 'Ping' }),
    { instanceOf: BusError },
  );
  t.is(error.code, 'org.freedesktop.DBus.Error.ServiceUnknown');
});

test('signals that match are heard', async t => {
  const connection = await Bus.open(await privateBus(t));
  t.teardown(() => connection.close());
  const { promise, resolve } = Promise.withResolvers<readonly Value[]>();
  await connection.match("type='signal',member='NameOwnerChanged',arg0='org.example.Name'");
  connection.onSignal(({ member, body }) => {
    if (member === 'NameOwnerChanged' && body[0] === 'org.example.Name') resolve(body);
  });
  await connection.call({ ...bus, member: 'RequestName', signature: 'su', body: ['org.example.Name', 0] });
  t.is((await promise)[1], '');
});

test('nobody waits for a bus that is gone', async t => {
  const path = join(temporary(t), 'socket');
  await t.throwsAsync(Bus.open(path), { instanceOf: BusError });
  const server = createServer(socket => socket.end('ERROR what\r\n')).listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  await t.throwsAsync(Bus.open(path), { instanceOf: BusError });
});

const survives = test.macro((t, type: string, value: Value) => {
  const writer = new ValueWriter();
  // What comes in front moves it to an odd place.
  writer.write('y', 1);
  writer.write(type, value);
  const bytes = writer.take();
  const reader = new ValueReader(bytes);
  reader.read('y');
  t.deepEqual(reader.read(type), value);
  for (let length = 1; length < bytes.length; length++) {
    const cut = new ValueReader(bytes.subarray(0, length));
    cut.read('y');
    t.throws(() => cut.read(type), { any: true });
  }
});

test('numbers', survives, '(ybnqiuxtd)', [1, true, -2, 3, -4, 5, -6n, 7n, 0.5]);
test('texts', survives, '(sog)', ['ä b', '/a/b', 'a{sv}']);
test('an empty list of structures', survives, 'a(tt)', []);
test('a subject and its details', survives, '((sa{sv})sa{ss}us)', [
  [
    'unix-process',
    [
      ['pid', { signature: 'u', value: 7 }],
      ['start-time', { signature: 't', value: 8n }],
    ],
  ],
  'org.example.act',
  [['name', 'x']],
  1,
  'cancel',
]);
test('properties', survives, 'a(sv)', [
  ['PIDs', { signature: 'au', value: [1, 2] }],
  ['Delegate', { signature: 'b', value: true }],
  ['Nested', { signature: 'v', value: { signature: 'a{ss}', value: [['a', 'b']] } }],
]);

test('a signature falls apart into its types', t => {
  t.deepEqual(typesOf('sa(sv)aa{s(ii)}v'), ['s', 'a(sv)', 'aa{s(ii)}', 'v']);
  for (const wrong of ['a', '(s', 'z', `${'a'.repeat(100)}s`, 's)']) t.throws(() => typesOf(wrong));
});

test('mutated messages are refused or read, nothing else', t => {
  const body = ['name', [['a', { signature: 'as', value: ['b', 'c'] }]]];
  const call = { ...bus, member: 'M', signature: 'sa(sv)', body };
  const message = encodeCall(7, call);
  t.deepEqual(decodeMessage(message).body, call.body);
  for (let at = 0; at < message.length; at++)
    for (const bit of [0x01, 0x80, 0xff]) {
      const mutated = Buffer.from(message);
      mutated[at] = (mutated[at] ?? 0) ^ bit;
      try {
        decodeMessage(mutated);
      } catch (error) {
        t.true(error instanceof RangeError || (error instanceof Error && error.name === 'DBusFormatError'), `${at}`);
      }
    }
});
