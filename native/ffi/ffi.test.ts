import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { tryLock } from './file-lock.ts';
import { checked, closeQuietly, duplicate, pipe, socketPair, SystemCallError } from './libc.ts';
import { hasEnded, openPidfd, signalPidfd } from './pidfd.ts';
import { posixSpawn, reap } from './posix-spawn.ts';
import { DatagramSender, peerCredentials, receiveDescriptor, sendDescriptor } from './socket-messages.ts';

async function exitStatus(pid: number): Promise<number> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(5)) {
    const status = reap(pid);
    if (status !== null) return status;
  }
  throw new Error(`Process ${pid} did not end`);
}

function readText(fd: number): string {
  const buffer = Buffer.alloc(4096);
  return buffer.toString('utf8', 0, readSync(fd, buffer));
}

test('a spawned program gets exactly the descriptors, arguments and environment it was given', async t => {
  const { readEnd, writeEnd } = pipe();
  const child = posixSpawn({
    file: '/bin/sh',
    argv: ['sh', '-c', 'echo "$0 $1 $X $(ls /proc/$$/fd | tr "\\n" " ")"', 'one', 'two'],
    env: { X: 'value', PATH: '/usr/bin:/bin' },
    files: [readEnd, writeEnd, writeEnd],
  });
  closeSync(writeEnd);
  t.is(await exitStatus(child), 0);
  t.regex(readText(readEnd), /^one two value 0 1 2 /);
  closeSync(readEnd);
});

test('a program has ended when its descriptors are closed, whether or not somebody has waited for it', async t => {
  const { readEnd, writeEnd } = pipe();
  const child = posixSpawn({
    file: '/bin/sh',
    argv: ['sh', '-c', 'read line'],
    env: {},
    files: [readEnd, writeEnd, writeEnd],
  });
  const pidfd = openPidfd(child);
  t.false(hasEnded(pidfd));
  signalPidfd(pidfd, constants.signals.SIGKILL);
  while (!hasEnded(pidfd)) await sleep(1);
  t.regex(readFileSync(`/proc/${child}/stat`, 'utf8'), /\) Z /);
  t.is(await exitStatus(child), constants.signals.SIGKILL);
  t.true(hasEnded(pidfd));
  t.throws(() => signalPidfd(pidfd, constants.signals.SIGKILL), { instanceOf: SystemCallError });
  [pidfd, readEnd, writeEnd].forEach(closeQuietly);
});

test('a program that is not there is an error that names it', t => {
  const error = t.throws(() => posixSpawn({ file: '/nonexistent/program', argv: ['x'], env: {}, files: [] }), {
    instanceOf: SystemCallError,
  });
  t.is(error.code, 'ENOENT');
  t.regex(error.message, /'\/nonexistent\/program'/);
});

test('descriptors that one another would overwrite are refused', t => {
  t.throws(() => posixSpawn({ file: '/bin/true', argv: ['true'], env: {}, files: [1, 0] }), { instanceOf: RangeError });
});

test('a descriptor travels through a socket, and an empty socket answers null', t => {
  const [left, right] = socketPair();
  const { readEnd, writeEnd } = pipe();
  t.is(receiveDescriptor(right), null);
  t.true(sendDescriptor(left, writeEnd));
  const received = receiveDescriptor(right);
  if (received === null) throw new Error('No descriptor arrived');
  writeSync(received, 'through');
  t.is(readText(readEnd), 'through');
  writeSync(left, 'x');
  t.throws(() => receiveDescriptor(right), { message: /Expected one descriptor, got 0/ });
  closeSync(left);
  t.throws(() => receiveDescriptor(right), { message: /ended/ });
  for (const fd of [right, readEnd, writeEnd, received]) closeSync(fd);
});

test('a full socket takes no more descriptors, and says so', t => {
  const [left, right] = socketPair();
  let sent = 0;
  while (sendDescriptor(left, right)) sent += 1;
  t.true(sent > 0);
  closeSync(left);
  closeSync(right);
});

test('the peer of a socket pair is this process', t => {
  const [left, right] = socketPair();
  t.deepEqual(peerCredentials(left), {
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
  });
  closeSync(left);
  closeSync(right);
});

test('a duplicate is closed on exec and numbered at or above the minimum', t => {
  const copy = duplicate(2, 100);
  t.true(copy >= 100);
  t.regex(readFileSync(`/proc/self/fdinfo/${copy}`, 'utf8'), /^flags:\s*0?2\d{6}$/m);
  closeQuietly(copy);
  t.throws(() => fstatSync(copy), { code: 'EBADF' });
  t.notThrows(() => closeQuietly(copy));
});

test('a datagram to nobody is an error, and a path beyond the limit of the kernel too', t => {
  using sender = new DatagramSender('/nonexistent/socket');
  t.throws(() => sender.send(Buffer.from('x')), { code: 'ENOENT' });
  t.throws(() => new DatagramSender(`/${'x'.repeat(120)}`), { instanceOf: RangeError });
});

test('errno becomes the name and text of the error', t => {
  t.is(checked('close', 3), 3);
  t.throws(() => duplicate(-1), { message: 'fcntl(F_DUPFD_CLOEXEC): bad file descriptor', code: 'EBADF' });
});

test('a locked file cannot be locked by another process', t => {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-lock-'));
  const path = join(directory, 'pid');
  const fd = openSync(path, 'w');
  t.true(tryLock(fd));
  t.true(tryLock(fd));
  const other = `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))};
    import { openSync } from 'node:fs'; process.stdout.write(String(tryLock(openSync(${JSON.stringify(path)}, 'r+'))));`;
  const attempt = (): string =>
    spawnSync(process.execPath, ['--input-type=module', '-e', other], { encoding: 'utf8' }).stdout;
  t.is(attempt(), 'false');
  closeSync(fd);
  t.is(attempt(), 'true');
  rmSync(directory, { recursive: true });
  t.false(existsSync(directory));
});
