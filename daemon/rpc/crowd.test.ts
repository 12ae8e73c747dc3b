/** Clients of several users at one server. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { frame, Peer, Proc, Status, until } from './testing/peer.ts';
import { serving } from './testing/serving.ts';

const SETTLED_MS = 100;

/** Authenticates over many connections, and keeps them until its input ends: of another user than this one. */
const CROWD = `
import os, socket, sys
path, count, words, user = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])
os.setgid(user)
os.setuid(user)
sockets = [socket.socket(socket.AF_UNIX) for _ in range(count)]
for each in sockets:
    each.connect(path)
    each.sendall(words)
sys.stdin.read()
`;

function crowd(t: ExecutionContext, path: string, user: number, count: number): ChildProcess {
  const authList = frame({ proc: Proc.authList }, 0).toString('hex');
  const args = ['-c', CROWD, path, String(count), authList, String(user)];
  const child = spawn('/usr/bin/python3', args, { stdio: ['pipe', 'ignore', 'inherit'] });
  t.teardown(() => child.kill());
  return child;
}

test('one user leaves places to others, whoever they are', async t => {
  await using s = await serving({ limits: { maxClients: 8 } });
  chmodSync(s.directory, 0o711);
  const { clients } = s.server;
  const first = crowd(t, s.readOnlyPath, 5, 20);
  await until('the crowd has what it may have', () => clients.size === 6 && s.server.anonymous === 0);
  await new Promise(resolve => setTimeout(resolve, SETTLED_MS));
  t.is(clients.size, 6);
  const second = crowd(t, s.readOnlyPath, 6, 20);
  await until('another user is in', () => clients.size === 7);
  await new Promise(resolve => setTimeout(resolve, SETTLED_MS));
  t.is(clients.size, 7);
  const own = await Peer.open(s.readOnlyPath);
  t.is(clients.size, 8);
  first.stdin?.end();
  const had = (user: number): number =>
    [...clients.values()].filter(({ session }) => session.peer?.uid === user).length;
  await until('the other user has 3/4 of the seven that are left', () => had(5) === 0 && had(6) === 5);
  t.like(await own.call({ proc: Proc.connectGetType }), { status: Status.OK });
  second.stdin?.end();
  await until('they have left', () => clients.size === 1);
});

test("the daemon's own user may have all places", async t => {
  await using s = await serving({ limits: { maxClients: 4 } });
  for (let count = 1; count <= 4; count += 1) await Peer.open(s.path);
  t.is(s.server.clients.size, 4);
});

test('clients that have gone while they waited take no turn', async t => {
  await using s = await serving({ limits: { maxAnonymousClients: 1 } });
  const first = await Peer.connect(s.path);
  await until('the first is there', () => s.server.anonymous === 1);
  for (let count = 0; count < 20; count += 1) {
    const impatient = await Peer.connect(s.path);
    impatient.send({ proc: Proc.authList });
    impatient.socket.end();
  }
  const patient = await Peer.connect(s.path);
  await first.call({ proc: Proc.authList });
  t.like(await patient.call({ proc: Proc.authList }), { status: Status.OK });
  t.is(s.server.tally.accepted.unix, 2);
});
