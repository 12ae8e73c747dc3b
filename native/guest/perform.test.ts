import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { until } from '../controller/testing/console-reader.ts';
import { TestDirectory } from '../controller/testing/busybox-root.ts';
import { attachLoop } from '../ffi/loop.ts';
import { createVeth } from '../network/create-link.ts';
import { deleteLink, findLink } from '../network/links.ts';
import { unique } from '../network/testing/test-network.ts';
import { MountAttribute } from '../plan/plan.ts';
import type { HostMount } from '../plan/plan.ts';
import { openGuest } from './open-guest.ts';
import type { GuestOperation } from './operations.ts';
import { perform } from './perform.ts';
import { failure } from './testing/failure.ts';
import { GuestContainer, program, type Kind } from './testing/guest-container.ts';

const { READONLY } = MountAttribute;
const kinds: readonly Kind[] = ['plain', 'mapped'];

const directory = new TestDirectory();
const shared = join(directory.path, 'shared');
mkdirSync(shared);
writeFileSync(join(shared, 'file'), 'of the host\n');
test.after.always(() => directory[Symbol.dispose]());

const containers = new Map<Kind, GuestContainer>();
test.before(async () => {
  for (const kind of kinds) containers.set(kind, await GuestContainer.start(kind));
});
test.after.always(async () => {
  for (const container of containers.values()) await container[Symbol.asyncDispose]();
});

const inEach = (
  title: string,
  run: (t: ExecutionContext, container: GuestContainer, kind: Kind) => Promise<void>,
): void =>
  kinds.forEach(kind =>
    test(`${title} (${kind})`, async t => {
      const container = containers.get(kind);
      if (container !== undefined) await run(t, container, kind);
    }),
  );

/** What a list of operations fails with. */
const refusal = ({ place }: GuestContainer, ...operations: GuestOperation[]): Promise<string> =>
  failure(() => perform(place, operations));

const nullNode = ({ owner }: GuestContainer, path: string): GuestOperation => ({
  do: 'node',
  path,
  kind: 'char',
  device: { major: 1, minor: 3 },
  mode: 0o640,
  uid: owner,
  gid: owner,
});

const fromPath = (path: string, attributes = 0): HostMount => ({
  from: 'path',
  path,
  recursive: true,
  attributes,
  entries: [],
});

inEach('files, directories and links are made as by the root of the container', async (t, container) => {
  await perform(container.place, [
    { do: 'mkdir', path: '/tmp/a/b', mode: 0o700 },
    { do: 'touch', path: '/tmp/a/file' },
    { do: 'symlink', path: '/tmp/a/link', target: '/tmp/a/file' },
    { do: 'write', path: '/tmp/a/link', contents: 'written' },
  ]);
  t.is(await container.sh('cat /tmp/a/file; stat -c %u:%a /tmp/a/b'), 'written0:700\n');
  t.is(statSync(join(container.root, 'tmp/a/b')).uid, container.owner);
  await perform(container.place, [
    { do: 'remove', path: '/tmp/a/file' },
    { do: 'remove', path: '/tmp/a/absent' },
    { do: 'remove', path: '/tmp/absent/absent' },
  ]);
  t.is(await container.sh('ls /tmp/a'), 'b\nlink\n');
  t.is(await refusal(container, { do: 'remove', path: '/tmp/a/b' }), 'EISDIR remove');
});

inEach('a device node comes and goes, and works', async (t, container) => {
  await perform(container.place, [nullNode(container, '/dev/bus/null')]);
  t.is(await container.sh('echo x > /dev/bus/null && stat -c %u:%g:%a:%t:%T /dev/bus/null'), '0:0:640:1:3\n');
  t.is(await refusal(container, nullNode(container, '/dev/bus/null')), 'EEXIST mknod');
  await perform(container.place, [{ do: 'remove', path: '/dev/bus/null' }]);
  t.is(await container.sh('ls /dev/bus'), '');
});

inEach('a node is made where the container leads, and nowhere else', async (t, container, kind) => {
  const outside = join(directory.path, `outside-${kind}`);
  mkdirSync(outside, { mode: 0o755 });
  t.is(await container.sh(`mkdir -p ${outside}`), '');
  symlinkSync(outside, join(container.root, 'dev-link'));
  await perform(container.place, [nullNode(container, '/dev-link/null')]);
  t.false(existsSync(join(outside, 'null')));
  t.is(await container.sh(`stat -c %t:%T ${outside}/null`), '1:3\n');

  await perform(container.place, [{ do: 'attach', mount: fromPath(outside), target: '/mnt/outside' }]);
  const expected = kind === 'mapped' ? 'EACCES mknod' : 'nothing';
  t.is(
    await refusal(container, nullNode(container, '/mnt/outside/null')),
    expected,
    'a directory that is not its to write to',
  );
  symlinkSync('/absent', join(container.root, 'dangling'));
  t.is(await refusal(container, nullNode(container, '/dangling')), 'EEXIST mknod');
});

inEach('a directory of the host is mounted, and cannot be made writable', async (t, container, kind) => {
  await perform(container.place, [{ do: 'attach', mount: fromPath(shared, READONLY), target: '/mnt/new/place' }]);
  const script =
    'cat /mnt/new/place/file; echo x > /mnt/new/place/x; mount -o remount,bind,rw /mnt/new/place && echo free';
  const said = await container.sh(script);
  t.regex(said, /^of the host\n/);
  t.regex(said, /Read-only file system/);
  t.is(said.includes('free'), kind === 'plain', 'the root of an idmap is not root enough');
  await perform(container.place, [{ do: 'unmount', path: '/mnt/new/place', lazy: false }]);
  t.is(await container.sh('ls /mnt/new/place'), '');
  t.is(await refusal(container, { do: 'unmount', path: '/mnt/new/place', lazy: false }), 'EINVAL unmount');
  t.false(readFileSync('/proc/self/mountinfo', 'utf8').includes(container.root));
});

inEach('a file of the host and a file system are mounted', async (t, container) => {
  const options = [{ key: 'size', value: '64k' }];
  await perform(container.place, [
    { do: 'attach', mount: fromPath(join(shared, 'file')), target: '/etc/mounted' },
    {
      do: 'attach',
      mount: { from: 'filesystem', type: 'tmpfs', source: null, options, attributes: 0, entries: [] },
      target: '/mnt/memory',
    },
    { do: 'bind', source: '/bin', target: '/mnt/bin', recursive: false, attributes: READONLY, optional: false },
  ]);
  t.is(await container.sh('cat /etc/mounted; df -k /mnt/memory | tail -1 | awk "{print \\$2}"'), 'of the host\n64\n');
  t.regex(await container.sh('touch /mnt/bin/x'), /Read-only/);
  await perform(container.place, [
    { do: 'unmount', path: '/etc/mounted', lazy: false },
    { do: 'unmount', path: '/mnt/memory', lazy: true },
  ]);
  t.is(await container.sh('cat /etc/mounted'), '');
});

inEach('the first failure ends a list', async (t, container) => {
  const list: GuestOperation[] = [
    { do: 'mkdir', path: '/run/one', mode: 0o755 },
    { do: 'write', path: '/tmp/absent', contents: '' },
    { do: 'mkdir', path: '/run/two', mode: 0o755 },
  ];
  t.is(await refusal(container, ...list), 'ENOENT write');
  t.is(await container.sh('ls /run'), 'one\n');
  t.is(await refusal(container, { do: 'attach', mount: fromPath('/absent'), target: '/mnt/absent' }), 'ENOENT source');
  t.is(await refusal(container, { do: 'write', path: '/dev/null', contents: 'x' }), 'EINVAL write');
});

inEach('links are changed, and moved out', async (t, container) => {
  const { place } = container;
  const [name, moved] = [unique('v'), unique('m')];
  createVeth({ name, up: true, peer: { name: 'eth0', mac: '52:54:00:00:00:09', pid: place.initPid } });
  t.teardown(() => findLink(name) !== null && deleteLink(name));
  const address = Uint8Array.of(10, 20, 30, 40);
  await perform(place, [
    {
      do: 'link',
      link: { name: 'eth0', rename: 'net0', mtu: 1400, up: true, addresses: [{ address, prefix: 24, peer: null }] },
    },
    {
      do: 'route',
      route: {
        link: 'net0',
        destination: new Uint8Array(4),
        prefix: 0,
        gateway: Uint8Array.of(10, 20, 30, 1),
        metric: 7,
      },
    },
  ]);
  const said = await container.sh('ip -o addr show net0; ip route; ip link show net0');
  t.regex(said, /10\.20\.30\.40\/24 brd 10\.20\.30\.255/);
  t.regex(said, /default via 10\.20\.30\.1 dev net0 .*metric 7/);
  t.regex(said, /,UP,.* mtu 1400/);
  await perform(place, [{ do: 'link-state', name: 'net0', up: false }]);
  t.notRegex(await container.sh('ip link show net0'), /,UP/);
  await perform(place, [{ do: 'link-state', name: 'net0', up: true }]);
  t.is(await refusal(container, { do: 'move-link-out', name: 'net0', rename: 'lo' }), 'EEXIST link');
  await perform(place, [{ do: 'move-link-out', name: 'net0', rename: moved }]);
  t.is(findLink('net0'), null);
  t.not(findLink(moved), null);
  t.notRegex(await container.sh('ip link'), /net0/);
  t.is(await refusal(container, { do: 'remove-link', name: 'net0' }), 'ENODEV link');
});

inEach('a link is removed', async (t, container) => {
  const name = unique('v');
  createVeth({ name, up: true, peer: { name: 'eth1', mac: '52:54:00:00:00:0a', pid: container.place.initPid } });
  await perform(container.place, [{ do: 'remove-link', name: 'eth1' }]);
  t.is(findLink(name), null);
});

inEach('a file system is frozen, thawed and trimmed if it is the one that is meant', async (t, container) => {
  const guest = await openGuest(container.place);
  const { device } = await guest.stat('/');
  t.is(await failure(() => guest.freeze('/', device)), 'EPERM freeze', 'the host lives on it, too');
  t.is(await failure(() => guest.freeze('/dev', device)), 'EXDEV freeze');
  t.is(await failure(() => guest.thaw('/absent', device)), 'ENOENT thaw');
  guest.close();
});

/** An image with a file system, as a block device until the test has ended; null where there can be none. */
function imageDevice(t: ExecutionContext, owner: number): string | null {
  const image = join(directory.path, `image-${owner}`);
  writeFileSync(image, '');
  truncateSync(image, 8 << 20);
  const { status } = spawnSync('mkfs.ext4', ['-q', '-E', `root_owner=${owner}:${owner}`, image], { stdio: 'ignore' });
  if (status !== 0 || !existsSync('/dev/loop-control')) return null;
  const { number, fd } = attachLoop(image, false);
  t.teardown(() => closeSync(fd));
  return `/dev/loop${number}`;
}

inEach('a file system of its own is frozen, thawed and trimmed', async (t, container) => {
  const { guest, owner, place } = container;
  const path = imageDevice(t, owner);
  if (path === null) {
    t.log('No mkfs.ext4 or no loop devices here');
    t.pass();
    return;
  }
  const source = { by: 'path', path } as const;
  const mount: HostMount = { from: 'filesystem', type: 'ext4', source, options: [], attributes: 0, entries: [] };
  await perform(place, [{ do: 'attach', mount, target: '/mnt/image' }]);
  const { device } = await guest.stat('/mnt/image');
  await guest.freeze('/mnt/image', device);
  t.is(await failure(() => guest.freeze('/mnt/image', device)), 'EBUSY freeze');
  const writing = await guest.exec(program(['sh', '-c', 'echo here > /mnt/image/file; cat /mnt/image/file']));
  let isDone = false;
  void writing.ended.then(() => (isDone = true));
  await until('it waits', () => /^State:\tD/m.test(stateOf(container, writing.pid)));
  t.false(isDone);
  await guest.thaw('/mnt/image', device);
  t.is(writing.stdout === null ? '' : await text(writing.stdout), 'here\n');
  t.is(await failure(() => guest.thaw('/mnt/image', device)), 'EINVAL thaw');
  t.true((await guest.trim('/mnt/image', device, 0n)) > 0n);
  await perform(place, [{ do: 'unmount', path: '/mnt/image', lazy: false }]);
});

/** /proc/PID/status of a process of the container, by its pid there. */
function stateOf({ place }: GuestContainer, pid: number): string {
  return readFileSync(`/proc/${place.initPid}/root/proc/${pid}/status`, 'utf8');
}
