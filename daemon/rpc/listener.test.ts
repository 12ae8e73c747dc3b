import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, lstatSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { bindUnixSocket } from '../../native/ffi/unix-socket.ts';
import { Listener, type Endpoint } from './listener.ts';
import { Peer, Proc, Status } from './testing/peer.ts';
import { serving, temporaryDirectory } from './testing/serving.ts';

const actions = { connected: () => {}, failed: () => {} };

/** A directory of the test's own. */
const place = (t: ExecutionContext): string => {
  const directory = temporaryDirectory();
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
};

const at = (path: string, wishes: { mode?: number; gid?: number } = {}): Endpoint => ({
  name: 'libvirt-sock',
  path,
  mode: wishes.mode ?? 0o700,
  gid: wishes.gid ?? null,
  readOnly: false,
});

for (const [mode, gid] of [
  [0o700, 0],
  [0o777, 0],
  [0o770, 12],
] as const)
  test(`the socket file has mode ${mode.toString(8)} and group ${gid}`, async t => {
    const path = join(place(t), 'run', 'libvirt-sock');
    const listener = await Listener.open(at(path, { mode, gid }), 10, actions);
    const file = lstatSync(path);
    t.is(file.mode & 0o7777, mode);
    t.is(file.gid, gid);
    listener.close();
    t.false(existsSync(path));
  });

test('a socket file that nobody listens on is replaced', async t => {
  const path = join(place(t), 'libvirt-sock');
  bindUnixSocket(path);
  const stale = lstatSync(path).ino;
  const listener = await Listener.open(at(path), 10, actions);
  t.not(lstatSync(path).ino, stale);
  listener.close();
});

test('a socket that another process listens on stays', async t => {
  const path = join(place(t), 'libvirt-sock');
  const other = createServer().listen(path);
  await once(other, 'listening');
  await t.throwsAsync(Listener.open(at(path), 10, actions), { message: /Another process listens on/ });
  t.true(existsSync(path));
  other.close();
});

for (const [what, make] of Object.entries<(path: string) => void>({
  'a file': path => writeFileSync(path, 'precious'),
  'a symbolic link': path => symlinkSync('/nowhere', path),
}))
  test(`${what} in place of the socket stays, and is an error`, async t => {
    const path = join(place(t), 'libvirt-sock');
    make(path);
    await t.throwsAsync(Listener.open(at(path), 10, actions), { message: /is no socket/ });
    t.truthy(lstatSync(path));
  });

test('a path that is too long is an error', async t => {
  const path = join(place(t), 'x'.repeat(100));
  await t.throwsAsync(Listener.open(at(path), 10, actions), { instanceOf: RangeError });
});

test('a socket file that somebody has replaced is not removed', async t => {
  const path = join(place(t), 'libvirt-sock');
  const listener = await Listener.open(at(path), 10, actions);
  renameSync(path, `${path}.old`);
  writeFileSync(path, '');
  listener.close();
  t.true(existsSync(path));
});

test('a server listens on a socket that it inherited, and leaves its file', async t => {
  const path = join(place(t), 'libvirt-sock');
  await using s = await serving();
  await s.server.listen({ name: 'libvirt-sock', fd: bindUnixSocket(path), readOnly: true });
  const peer = await Peer.open(path);
  t.like(await peer.call({ proc: Proc.connectGetType }), { status: Status.OK });
  const [client] = s.server.clients.values();
  t.true(client?.session.readOnly);
  await s.server.close();
  t.true(existsSync(path));
});

test('a descriptor that is no socket is an error', async t => {
  await using s = await serving();
  const fd = openSync('/dev/null', 'r');
  await t.throwsAsync(s.server.listen({ name: 'libvirt-sock', fd, readOnly: false }));
  closeSync(fd);
});

test('the server knows who connected', async t => {
  await using s = await serving();
  const child = spawn('virsh', ['-c', `lxc+unix:///?socket=${s.path}`], { stdio: ['pipe', 'ignore', 'ignore'] });
  const { promise, resolve } = Promise.withResolvers<void>();
  const poll = setInterval(() => s.server.clients.size > 0 && resolve(), 5);
  await promise;
  clearInterval(poll);
  const [client] = s.server.clients.values();
  t.deepEqual(client?.session.peer, {
    pid: child.pid ?? -1,
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
  });
  t.is(client?.session.id, 1);
  child.stdin.end();
  await once(child, 'exit');
});
