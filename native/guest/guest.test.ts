import { spawnSync } from 'node:child_process';
import {
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { constants as system } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Guest, WriteOptions } from './guest.ts';
import { openGuest } from './open-guest.ts';
import { failure } from './testing/failure.ts';
import { GuestContainer, program, type Kind } from './testing/guest-container.ts';

const { signals } = system;
const kinds: readonly Kind[] = ['plain', 'mapped'];

/** Files that a container's root finds in its tree, whatever lies there on the host. */
function prepare(root: string): void {
  const at = (path: string): string => join(root, path);
  writeFileSync(at('etc/shadow'), 'of the container\n');
  symlinkSync('/etc/shadow', at('etc/absolute'));
  symlinkSync('../../../../../../etc/shadow', at('etc/upwards'));
  symlinkSync('/proc/1/root/etc/shadow', at('etc/magic'));
  symlinkSync('loop', at('etc/loop'));
  writeFileSync(at('etc/of-host'), 'unmapped', { mode: 0o600 });
  writeFileSync(at('etc/huge'), '');
  truncateSync(at('etc/huge'), 2 ** 40);
  mkdirSync(at('etc/dir'));
  writeFileSync(at('etc/dir/old'), 'old');
  symlinkSync('dir/old', at('etc/link'));
  symlinkSync('/etc/dir/fresh', at('etc/dangling'));
  spawnSync('mkfifo', [at('etc/fifo')]);
  spawnSync('mknod', [at('etc/device'), 'c', '1', '3']);
  spawnSync('chown', ['-R', `${statSync(root).uid}`, at('etc/dir'), at('etc/fifo'), at('etc/shadow'), at('etc/huge')]);
}

const containers = new Map<Kind, GuestContainer>();
const of = (kind: Kind): GuestContainer => {
  const container = containers.get(kind);
  if (container === undefined) throw new Error(`There is no ${kind} container`);
  return container;
};

test.before(async () => {
  for (const kind of kinds) containers.set(kind, await GuestContainer.start(kind, {}, prepare));
});
test.after.always(async () => {
  for (const container of containers.values()) await container[Symbol.asyncDispose]();
});

const inEach = (
  title: string,
  run: (t: ExecutionContext, container: GuestContainer, kind: Kind) => Promise<void>,
): void => kinds.forEach(kind => test(`${title} (${kind})`, t => run(t, of(kind), kind)));

const owned: WriteOptions = { mode: 0o640, uid: 5, gid: 6 };

inEach('files are read as the container has them', async (t, { guest }) => {
  for (const path of ['/etc/shadow', '/etc/absolute', '/etc/upwards', 'etc/shadow', '/../etc/shadow'])
    t.is((await guest.readFile(path, 100)).toString(), 'of the container\n', path);
  t.true((await guest.readFile('/proc/1/mountinfo', 100_000)).includes(' / '), 'a file that says it is empty');
});

inEach('what the kernel shows in files is that of the container', async (t, container) => {
  const forwarding = '/proc/sys/net/ipv4/ip_forward';
  const host = readFileSync(forwarding, 'utf8');
  const other = host === '1\n' ? '0\n' : '1\n';
  await container.sh(`hostname inside; echo ${other.trim()} > ${forwarding}`);
  t.is((await container.guest.readFile('/proc/sys/kernel/hostname', 100)).toString(), 'inside\n');
  t.is((await container.guest.readFile(forwarding, 100)).toString(), other);
  t.is(readFileSync(forwarding, 'utf8'), host);
});

const unreadable: readonly [string, Readonly<Record<Kind, string>> | string][] = [
  ['/etc/absent', 'ENOENT open'],
  ['/etc/shadow/x', 'ENOTDIR open'],
  ['/etc/loop', 'ELOOP open'],
  ['/etc/magic', 'EACCES open'],
  ['/etc/fifo', 'EINVAL open'],
  ['/etc/device', 'EPERM open'],
  ['/dev/console', 'EPERM open'],
  ['/etc', 'EISDIR open'],
  ['/etc/huge', 'EFBIG read'],
  ['/etc/of-host', { plain: 'nothing', mapped: 'EACCES open' }],
];
inEach('what cannot be read is refused, and nothing hangs', async (t, { guest }, kind) => {
  for (const [path, expected] of unreadable)
    t.is(
      await failure(() => guest.readFile(path, 1 << 20)),
      typeof expected === 'string' ? expected : expected[kind],
      path,
    );
});

inEach('files are replaced as a whole, and keep their owner', async (t, container) => {
  const { guest, owner } = container;
  const long = Buffer.alloc(300_000, 'x');
  await guest.replaceFile('/etc/dangling', long, owned);
  t.true(long.equals(await guest.readFile('/etc/dir/fresh', 1 << 20)));
  const { uid, gid, mode } = statSync(join(container.root, 'etc/dir/fresh'));
  t.deepEqual([uid - owner, gid - owner, mode & 0o777], [5, 6, 0o640]);
  await guest.replaceFile('/etc/link', Buffer.from('new'), owned);
  t.is((await guest.readFile('/etc/dir/old', 100)).toString(), 'new');
  t.is(statSync(join(container.root, 'etc/dir/old')).uid, owner);
  t.deepEqual(readdirSync(join(container.root, 'etc/dir')).sort(), ['fresh', 'old']);
  t.is(readlinkSync(join(container.root, 'etc/link')), 'dir/old');
  for (const [path, expected] of [
    ['/etc/dir', 'EINVAL replace'],
    ['/etc/fifo', 'EINVAL replace'],
    ['/etc/absent/x', 'ENOENT replace'],
    ['/etc/loop', 'ELOOP replace'],
    ['/', 'EINVAL replace'],
    ['/etc/..', 'EINVAL replace'],
    ['/proc/x', 'ENOENT replace'],
  ] as const)
    t.is(await failure(() => guest.replaceFile(path, long, owned)), expected, path);
});

inEach('a place of a user who is not root is entered through no link', async (t, container) => {
  const { guest } = container;
  await container.sh(
    'mkdir /tmp/me; ln -s /etc /tmp/me/linked; ln -s /etc/passwd /tmp/me/file; ln -s /tmp/me /tmp/home',
  );
  await container.sh('mkdir /tmp/me/own; echo mine >/tmp/me/own/file');
  t.is((await guest.readFile('/tmp/home/own/file', 100, 2)).toString(), 'mine\n');
  await guest.replaceFile('/tmp/home/own/file', Buffer.from('new'), owned, 2);
  await guest.replaceFile('/tmp/home//own//fresh', Buffer.from('more'), owned, 2);
  t.is(await container.sh('cat /tmp/me/own/file /tmp/me/own/fresh'), 'newmore');
  for (const [path, firm, expected] of [
    ['/tmp/me/linked/passwd', 2, 'ELOOP'],
    ['/tmp/me/linked/passwd', 3, 'ELOOP'],
    ['/tmp/me/file', 1, 'ELOOP'],
    ['/tmp/home/own/file', 4, 'ELOOP'],
    ['/tmp/home/own/file', 100, 'ELOOP'],
    ['/tmp/me/own/../own/file', 2, null],
    ['/tmp/me/own/../../home/own/file', 3, 'ELOOP'],
    ['/tmp/me/own/', 1, 'EINVAL'],
  ] as const) {
    const read = await failure(() => guest.readFile(path, 1 << 20, firm));
    const write = await failure(() => guest.replaceFile(path, Buffer.from('new'), owned, firm));
    t.deepEqual(
      [read, write],
      expected === null ? ['nothing', 'nothing'] : [`${expected} open`, `${expected} replace`],
      path,
    );
  }
});

inEach('a pipe that is no longer read is no end of a session', async (t, container) => {
  const { guest } = container;
  await container.sh('mkfifo /tmp/pipe');
  const { ended } = await guest.exec(program(['sh', '-c', 'read line </tmp/pipe']));
  const writable = async (): Promise<Awaited<ReturnType<typeof guest.open>>> => {
    for (;;)
      try {
        return await guest.open('/tmp/pipe', constants.O_WRONLY);
      } catch {
        await setTimeout(10);
      }
  };
  const pipe = await writable();
  await pipe.write(Buffer.from('line\n'));
  await ended;
  t.is(await failure(() => pipe.write(Buffer.from('more'))), 'EPIPE write');
  t.true((await guest.readFile('/etc/passwd', 1 << 20)).length > 0);
});

inEach('directories are made', async (t, { guest }) => {
  await guest.makeDirectory('/tmp/made', { mode: 0o1750, uid: 7, gid: 8 });
  const { kind, mode, uid, gid } = await guest.stat('/tmp/made');
  t.deepEqual({ kind, mode, uid, gid }, { kind: 'directory', mode: 0o1750, uid: 7, gid: 8 });
  t.is(await failure(() => guest.makeDirectory('/tmp/made', owned)), 'EEXIST mkdir');
  t.is(await failure(() => guest.makeDirectory('/tmp/absent/x', owned)), 'ENOENT mkdir');
});

inEach('files are described', async (t, { guest }) => {
  for (const [path, expected] of [
    ['/etc/passwd', 'file'],
    ['/etc', 'directory'],
    ['/etc/link', 'symlink'],
    ['/etc/fifo', 'fifo'],
    ['/dev/null', 'char'],
  ] as const)
    t.is((await guest.stat(path)).kind, expected, path);
  t.is((await guest.stat('/etc/huge')).size, 2n ** 40n);
  t.is((await guest.stat('/')).uid, 0);
  t.is(await failure(() => guest.stat('/etc/absent')), 'ENOENT stat');
  const { total, used, available } = await guest.space('/dev');
  t.is(total, 65_536n);
  t.true(used + available <= total);
});

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

inEach('open files are read, written, sought in and flushed', async (t, { guest }) => {
  const file = await guest.open('/tmp/open', O_RDWR | O_CREAT | O_EXCL);
  t.is(await file.write(Buffer.from('hello world')), 11);
  t.is(await file.seek(-5n, 2), 6n);
  t.is((await file.read(3)).toString(), 'wor');
  t.is(await file.seek(0n, 1), 9n);
  await file.flush();
  t.is((await file.read(1 << 30)).toString(), 'ld');
  t.is((await file.read(10)).length, 0);
  await file.close();
  t.is(await failure(() => file.read(1)), 'EBADF handle');
  t.is((await guest.stat('/tmp/open')).mode, 0o644);

  const appending = await guest.open('/tmp/open', O_WRONLY | O_APPEND);
  await appending.write(Buffer.from('!'));
  t.is(await failure(() => appending.read(1)), 'EBADF read');
  await appending.close();
  t.is((await guest.readFile('/tmp/open', 100)).toString(), 'hello world!');
  await (await guest.open('/tmp/open', O_WRONLY | O_TRUNC)).close();
  t.is((await guest.stat('/tmp/open')).size, 0n);
});

inEach('a large file is written in pieces', async (t, { guest }) => {
  const file = await guest.open('/tmp/large', O_WRONLY | O_CREAT);
  const data = Buffer.alloc(1_000_000, 'abc');
  for (let at = 0; at < data.length;) at += await file.write(data.subarray(at));
  await file.close();
  t.true(data.equals(await guest.readFile('/tmp/large', data.length)));
});

inEach('what cannot be opened is refused', async (t, { guest }) => {
  for (const [path, flags, expected] of [
    ['/etc/passwd', O_WRONLY | O_CREAT | O_EXCL, 'EEXIST open'],
    ['/etc/absent/x', O_WRONLY | O_CREAT, 'ENOENT open'],
    ['/etc/absent', O_WRONLY, 'ENOENT open'],
    ['/etc/dir', O_RDONLY, 'EISDIR open'],
    ['/dev/zero', O_RDONLY, 'EPERM open'],
    ['/etc/fifo', O_WRONLY, 'ENXIO open'],
  ] as const)
    t.is(await failure(() => guest.open(path, flags)), expected, path);
  const fifo = await guest.open('/etc/fifo', O_RDONLY);
  t.is((await fifo.read(1)).length, 0, 'nobody writes');
  await fifo.close();
});

inEach('a session has so many files open and no more', async (t, container) => {
  const guest = await openGuest(container.place);
  const files = await Promise.all(Array.from({ length: 64 }, () => guest.open('/etc/passwd', O_RDONLY)));
  t.is(await failure(() => guest.open('/etc/passwd', O_RDONLY)), 'EMFILE open');
  await files[40]?.close();
  await guest.readFile('/etc/passwd', 1000);
  guest.close();
});

inEach('a program runs with its streams, environment and directory', async (t, container) => {
  const ran = await container.run(
    ['sh', '-c', 'cat; pwd; echo $A-$B; echo wrong >&2; umask; exit 3'],
    { env: ['PATH=/bin', 'A=1', 'B=2'], directory: '/tmp' },
    'from the daemon\n',
  );
  t.deepEqual(ran, { stdout: 'from the daemon\n/tmp\n1-2\n0022\n', stderr: 'wrong\n', status: 3, signal: null });
  const silent = await container.run(['sh', '-c', 'cat; ls -l /proc/self/fd'], { stdin: false, stderr: false });
  t.regex(silent.stdout, / 0 -> \/dev\/null\n/);
  t.regex(silent.stdout, / 2 -> \/dev\/null\n/);
});

inEach('a program runs as a user of the container', async (t, container) => {
  t.is(await container.sh('id', { user: 'alice' }), 'uid=1000(alice) gid=100(users) groups=10(wheel),50(staff)\n');
  t.regex(await container.sh('id', { user: '1234' }), /^uid=1234 gid=0/);
  t.regex(await container.sh('grep CapEff /proc/self/status', { user: 'alice' }), /^CapEff:\t0+$/m);
  t.regex(await container.sh('id'), /^uid=0\(root\) gid=0\(root\) ?(groups=0\(root\))?$/m);
});

const facts = [
  'CapInh',
  'CapPrm',
  'CapEff',
  'CapBnd',
  'CapAmb',
  'NoNewPrivs',
  'Seccomp',
  'Seccomp_filters',
  'Cpus_allowed',
];

const factsOf = (pid: string): string =>
  `grep -E '^(${facts.join('|')}):' /proc/${pid}/status; cat /proc/${pid}/limits /proc/${pid}/oom_score_adj;
   for ns in /proc/${pid}/ns/*; do readlink $ns; done; stat -c %d:%i /proc/${pid}/root/; cat /proc/${pid}/personality`;

inEach('a program has what init has: rights, limits, namespaces, root', async (t, container) => {
  const own = await container.sh(factsOf('$$'));
  t.is(own, await container.sh(factsOf('1')));
  t.regex(own, /^CapBnd:\t[0-9a-f]*e[0-9a-f]{4}$/m);
});

inEach('a program has no descriptors but its own', async (t, container) => {
  t.is(await container.sh('ls /proc/$$/fd; true'), '0\n1\n2\n');
});

inEach('a program leads a session of its own, and has no parent in the container', async (t, container) => {
  t.regex(await container.sh('set -- $(cat /proc/$$/stat); echo $4 $6 $$'), /^0 (\d+) \1\n$/);
});

const failing: readonly [readonly string[], Partial<Parameters<Guest['exec']>[0]>, string][] = [
  [['absent'], {}, 'ENOENT exec'],
  [['/etc/passwd'], {}, 'EACCES exec'],
  [['/bin'], {}, 'EACCES exec'],
  [['true'], { user: 'nobody-knows' }, 'ENOENT user'],
  [['true'], { directory: '/absent' }, 'ENOENT directory'],
  [['true'], { env: ['PATH=/absent'] }, 'ENOENT exec'],
];
inEach('what cannot be executed is refused', async (t, { guest }) => {
  for (const [argv, change, expected] of failing)
    t.is(await failure(() => guest.exec(program(argv, change))), expected, argv.join(' '));
});

inEach('a program is told how it ended, and can be killed', async (t, { guest }) => {
  const { ended, kill, pid } = await guest.exec(program(['sleep', '1000']));
  t.true(pid > 1);
  t.regex((await guest.readFile(`/proc/${pid}/cmdline`, 100)).toString(), /^sleep/);
  kill(signals.SIGTERM);
  t.deepEqual(await ended, { status: null, signal: signals.SIGTERM });
  await t.throwsAsync(guest.readFile(`/proc/${pid}/cmdline`, 100), { message: /ENOENT/ });
});

inEach('many programs run at once', async (t, container) => {
  const all = await Promise.all(Array.from({ length: 12 }, (_, n) => container.sh(`echo ${n}`)));
  t.deepEqual(
    all,
    all.map((_, n) => `${n}\n`),
  );
});

inEach('a program runs on without its session, and its end is told', async (t, container) => {
  const guest = await openGuest(container.place);
  const { stdin, stdout, ended } = await guest.exec(program(['sh', '-c', 'read x; echo $x']));
  guest.close();
  t.is(await failure(() => guest.stat('/')), 'EPIPE visitor');
  stdin?.end('still here\n');
  t.is(stdout === null ? '' : await text(stdout), 'still here\n');
  t.deepEqual(await ended, { status: 0, signal: null });
});
