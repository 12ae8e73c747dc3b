import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { until } from '../controller/testing/console-reader.ts';
import { TestDirectory } from '../controller/testing/busybox-root.ts';
import { ended } from '../controller/testing/run-container.ts';
import { standardOperations } from '../controller/testing/test-plan.ts';
import { execute } from './execute.ts';
import { readMountTable } from './mount-table.ts';
import { openGuest } from './open-guest.ts';
import { perform } from './perform.ts';
import { failure } from './testing/failure.ts';
import { GuestContainer, OUTSIDE, program, type Kind } from './testing/guest-container.ts';

const { SIGKILL } = constants.signals;
const kinds: readonly Kind[] = ['plain', 'mapped'];

const directory = new TestDirectory();
test.after.always(() => directory[Symbol.dispose]());

/** The visitors that this process has sent out; tests that count them run one by one. */
function visitors(): number[] {
  return readdirSync('/proc').map(Number).filter(isVisitor);
}

function isVisitor(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return status.startsWith('Name:\tlxvirt-visitor\n') && new RegExp(`^PPid:\t${process.pid}$`, 'm').test(status);
  } catch {
    return false;
  }
}

test.serial('a file system that hangs holds a request for its time, and then the session is gone', async t => {
  const hang = join(directory.path, 'hang');
  const source = join(import.meta.dirname, 'testing/hanging-mount.c');
  t.is(spawnSync('musl-gcc', ['-static', '-o', hang, source]).status, 0);
  await using container = await GuestContainer.start('plain', {}, root => copyFileSync(hang, join(root, 'bin/hang')));
  const { place } = container;
  const device = { major: 10, minor: 229 };
  await perform(place, [{ do: 'node', path: '/dev/fuse', kind: 'char', device, mode: 0o600, uid: 0, gid: 0 }]);
  const { stdout, kill } = await container.guest.exec(program(['hang', '/mnt']));
  if (stdout === null) throw new Error('There is no output');
  await once(stdout, 'data');

  const guest = await openGuest(place, 1000);
  t.true((await guest.readFile('/etc/passwd', 1000)).length > 0);
  const late = ['/mnt/x', '/etc/passwd'].map(path => failure(() => guest.readFile(path, 1000)));
  t.deepEqual(await Promise.all(late), ['ETIMEDOUT visitor', 'ETIMEDOUT visitor']);
  t.is(await failure(() => guest.stat('/')), 'ETIMEDOUT visitor');
  t.is(await failure(() => perform(place, [{ do: 'mkdir', path: '/mnt/x', mode: 0o755 }], 1000)), 'ETIMEDOUT visitor');
  t.is(await failure(() => execute(place, program(['true'], { directory: '/mnt/x' }), 1000)), 'ETIMEDOUT visitor');
  await until('the session and the program have visitors, and nobody else', () => visitors().length === 2);
  kill(SIGKILL);
  await until('the session has', () => visitors().length === 1);
});

for (const kind of kinds) {
  test.serial(`a session whose helper is killed says so (${kind})`, async t => {
    await using container = await GuestContainer.start(kind);
    const { guest } = container;
    const { ended } = await guest.exec(program(['sleep', '1000']));
    for (const pid of visitors()) process.kill(pid, SIGKILL);
    t.is(await failure(() => guest.readFile('/etc/passwd', 1000)), 'EPIPE visitor');
    t.deepEqual(await ended, { status: null, signal: null });
    t.is(await failure(() => guest.stat('/')), 'EPIPE visitor');
    t.is((await container.run(['true'])).status, 0, 'programs have helpers of their own');
  });

  test.serial(`a container ends while it is visited, and is not held up (${kind})`, async t => {
    await using container = await GuestContainer.start(kind);
    const { guest, place } = container;
    const { ended: programEnded, kill } = await guest.exec(program(['sleep', '1000']));
    container.container.kill();
    t.deepEqual(await ended(container.container), { how: 'signal', signal: SIGKILL });
    t.deepEqual(await programEnded, { status: null, signal: SIGKILL });
    kill(SIGKILL);
    t.is(await failure(() => openGuest(place)), 'ESRCH init');
    t.is(await failure(() => guest.exec(program(['true']))), 'ESRCH init');
    t.is(await failure(() => perform(place, [])), 'ESRCH init');
    t.not(await failure(() => guest.readFile('/proc/1/status', 1000)), 'nothing');
    await until('no helper is left, closed or not', () => visitors().length === 0);
  });

  test.serial(`fifty sessions at once leave nothing behind (${kind})`, async t => {
    await using container = await GuestContainer.start(kind);
    const before = readdirSync('/proc/self/fd').length;
    const guests = await Promise.all(Array.from({ length: 50 }, () => openGuest(container.place)));
    const said = await Promise.all(guests.map(guest => guest.readFile('/etc/passwd', 1000)));
    t.is(new Set(said.map(String)).size, 1);
    for (const guest of guests) guest.close();
    await until('their helpers are gone', () => visitors().length === 1);
    for (let round = 0; round < 5; round += 1) {
      await container.run(['true']);
      await failure(() => container.guest.exec(program(['absent'])));
      await failure(() => perform(container.place, [{ do: 'remove', path: '/etc' }]));
    }
    await until('all descriptors are closed', () => readdirSync('/proc/self/fd').length === before);
    t.pass();
  });
}

test.serial('what a container has mounted is read as far as it makes sense', async t => {
  await using container = await GuestContainer.start('mapped');
  const { initPid } = container.place;
  t.regex(String(await readMountTable(initPid)), / \/proc /);
  const deep = 'cd /tmp; n=$(printf %0200d 0); for i in $(seq 18); do mkdir $n; cd $n; done';
  const said = await container.sh(`${deep}; for i in $(seq 12); do mount -o rbind . . || exit; done; echo done`);
  t.is(said, 'done\n');
  t.is(await failure(() => readMountTable(initPid)), 'EFBIG mountinfo');
});

test.serial('no other process is entered than init', async t => {
  await using container = await GuestContainer.start('plain');
  const { place } = container;
  const { controllerPid, initPid } = place;
  const other = await container.guest.exec(program(['sleep', '1000']));
  const [helper = 0] = visitors();
  for (const [controller, init] of [
    [controllerPid, 1],
    [controllerPid, process.pid],
    [controllerPid, controllerPid],
    [process.pid, initPid],
    [process.pid, helper],
    [controllerPid, 2 ** 22 - 1],
  ] as const)
    t.is(
      await failure(() => openGuest({ ...place, controllerPid: controller, initPid: init })),
      'ESRCH init',
      `${init}`,
    );
  other.kill(SIGKILL);
});

test.serial('the program that helpers are started from cannot be written to, by nobody', async t => {
  await using container = await GuestContainer.start('plain');
  const [helper = 0] = visitors();
  t.is(readlinkSync(`/proc/${helper}/exe`), '/memfd:lxvirt-visitor (deleted)');
  const program = openSync(`/proc/${helper}/exe`, 'r');
  container.guest.close();
  await until('the helper is gone', () => visitors().length === 0);
  const writable = openSync(`/proc/self/fd/${program}`, 'r+');
  t.throws(() => writeSync(writable, 'x'), { code: 'EPERM' });
  t.throws(() => ftruncateSync(writable, 0), { code: 'EPERM' });
  t.is((await container.run(['true'])).status, 0, 'who holds it open for writing keeps nobody from executing it');
  closeSync(writable);
  closeSync(program);
});

test.serial('a container that shares the network of its host has it left alone', async t => {
  for (const namespaces of [
    ['mount', 'uts', 'ipc', 'pid'],
    ['mount', 'ipc', 'pid', 'user', 'cgroup'],
  ] as const) {
    const kind = namespaces.some(name => name === 'user') ? 'mapped' : 'plain';
    const operations = standardOperations(1, kind === 'mapped' ? OUTSIDE : 0).filter(
      operation => operation.do !== 'mount' || operation.type !== 'sysfs',
    );
    await using container = await GuestContainer.start(kind, { namespaces, operations });
    t.is(await failure(() => perform(container.place, [{ do: 'link-state', name: 'lo', up: true }])), 'EPERM network');
    t.is(await container.sh('readlink /proc/$$/ns/net'), `${readlinkSync('/proc/self/ns/net')}\n`);
    t.true((await container.guest.readFile('/etc/passwd', 1000)).length > 0);
  }
});
