import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { MountAttribute } from '../plan/plan.ts';
import type { HostMount, Operation, Plan } from '../plan/plan.ts';
import { makeBusyboxRoot, TestDirectory } from './testing/busybox-root.ts';
import { ended, launchPlan, scriptOutput } from './testing/run-container.ts';
import { standardOperations, testPlan } from './testing/test-plan.ts';
import type { PlanChange } from './testing/test-plan.ts';

const { NODEV, NOEXEC, NOSUID, READONLY } = MountAttribute;

const directory = new TestDirectory();
makeBusyboxRoot(directory.path);
test.after.always(() => directory[Symbol.dispose]());

const host = join(directory.path, 'host');
mkdirSync(join(host, 'inner'), { recursive: true });
writeFileSync(join(host, 'file'), 'from the host\n');

const operations = (...more: Operation[]): PlanChange => ({ operations: [...standardOperations(), ...more] });
const attach = (mount: HostMount, target: string): PlanChange => operations({ do: 'attach', mount, target });
const filesystem = {
  from: 'filesystem',
  type: 'tmpfs',
  source: null,
  options: [],
  attributes: 0,
  entries: [],
} as const;
const hostDirectory = { from: 'path', path: host, recursive: true, attributes: 0, entries: [] } as const;

const prints = test.macro<[PlanChange, string, string | RegExp]>({
  title: (name = '') => name,
  async exec(t, change, script, expected) {
    const output = await scriptOutput(directory.path, script, change);
    if (typeof expected === 'string') t.is(output, expected);
    else t.regex(output, expected);
  },
});

test(
  'init is pid 1, sees its own processes, and nothing is mounted but what the plan says',
  prints,
  {},
  'echo $$; ls -d /proc/[0-9]* | wc -l; cut -d" " -f2 /proc/mounts | sort',
  /^1\n[2-5]\n\/\n\/dev\n\/dev\/pts\n\/proc\n\/sys\n$/,
);
test(
  'a pid namespace of the container does not show the one of its controller',
  prints,
  {},
  'grep NSpid /proc/self/status | wc -w',
  '2\n',
);
test(
  'devices work as nodes of a fresh /dev',
  prints,
  {},
  'echo x >/dev/null; head -c 4 /dev/zero | od -An -tx1; stat -c "%F %t:%T %a" /dev/full; echo x 2>&1 >/dev/full',
  / 00 00 00 00\ncharacter special file 1:7 666\nsh: write error: No space left on device\n/,
);
test('hostname', prints, operations({ do: 'hostname', name: 'box' }), 'hostname; uname -n', 'box\nbox\n');
test('the host keeps its name', t => t.not(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim(), 'box'));
test(
  'a directory with missing parents',
  prints,
  operations({ do: 'mkdir', path: '/mnt/a/b', mode: 0o700 }),
  'stat -c %a /mnt/a /mnt/a/b',
  '755\n700\n',
);
test(
  'a symlink, and one that is there already',
  prints,
  operations(
    { do: 'symlink', path: '/mnt/link', target: '../etc/passwd' },
    { do: 'symlink', path: '/mnt/link', target: 'other' },
  ),
  'readlink /mnt/link',
  '../etc/passwd\n',
);
test(
  'an empty file',
  prints,
  operations({ do: 'touch', path: '/mnt/c/file' }),
  'stat -c "%s %a" /mnt/c/file',
  '0 644\n',
);
test(
  'a system control of the container',
  prints,
  operations({ do: 'write', path: '/proc/sys/net/ipv4/ip_forward', contents: '1' }),
  'cat /proc/sys/net/ipv4/ip_forward',
  '1\n',
);
test('a directory of the host', prints, attach(hostDirectory, '/mnt/host'), 'cat /mnt/host/file', 'from the host\n');
test(
  'a file of the host over a missing one',
  prints,
  attach({ ...hostDirectory, path: join(host, 'file') }, '/mnt/d/file'),
  'cat /mnt/d/file',
  'from the host\n',
);
test(
  'a read-only directory of the host',
  prints,
  attach({ ...hostDirectory, attributes: READONLY | NOSUID | NODEV | NOEXEC }, '/mnt/host'),
  'touch /mnt/host/x 2>&1; grep /mnt/host /proc/mounts | grep -o "ro,nosuid,nodev,noexec"',
  'touch: /mnt/host/x: Read-only file system\nro,nosuid,nodev,noexec\n',
);
test(
  'a filesystem of the host with options and entries',
  prints,
  attach(
    {
      ...filesystem,
      options: [{ key: 'size', value: '64k' }],
      attributes: READONLY,
      entries: [
        { make: 'directory', path: 'a/b', mode: 0o750, uid: 1, gid: 2 },
        { make: 'file', path: 'a/file', mode: 0o640, uid: 3, gid: 4, contents: 'text' },
        { make: 'symlink', path: 'a/link', target: 'file' },
        {
          make: 'node',
          path: 'null',
          kind: 'char',
          device: { by: 'number', major: 1, minor: 3 },
          mode: 0o600,
          uid: 5,
          gid: 6,
        },
        {
          make: 'node',
          path: 'disk',
          kind: 'block',
          device: { by: 'number', major: 7, minor: 200 },
          mode: 0o660,
          uid: 0,
          gid: 6,
        },
      ],
    },
    '/mnt/ram',
  ),
  'cd /mnt/ram; stat -c "%a %u:%g %F %t:%T" a/b a/file null disk; cat a/link; touch x 2>&1',
  '750 1:2 directory 0:0\n640 3:4 regular file 0:0\n600 5:6 character special file 1:3\n' +
    '660 0:6 block special file 7:c8\ntexttouch: x: Read-only file system\n',
);
test(
  'a bind inside the container',
  prints,
  operations({
    do: 'bind',
    source: '/etc',
    target: '/mnt/etc',
    recursive: false,
    attributes: READONLY,
    optional: false,
  }),
  'head -n 1 /mnt/etc/passwd; touch /mnt/etc/x 2>&1',
  /^root:.*\ntouch: .*Read-only file system\n$/,
);
test(
  'a bind whose source may be missing',
  prints,
  operations({ do: 'bind', source: '/none', target: '/mnt/none', recursive: false, attributes: 0, optional: true }),
  'ls -d /mnt/none 2>&1',
  /No such file/,
);
test(
  'a read-only path',
  prints,
  operations({
    do: 'bind',
    source: '/proc/sys',
    target: '/proc/sys',
    recursive: true,
    attributes: READONLY,
    optional: false,
  }),
  'echo 1 2>&1 >/proc/sys/net/ipv4/ip_forward',
  /Read-only file system/,
);
test(
  'masked paths, also missing ones',
  prints,
  operations({ do: 'mask', path: '/etc/passwd' }, { do: 'mask', path: '/bin/../tmp' }, { do: 'mask', path: '/none' }),
  'cat /etc/passwd; echo $?; touch /tmp/x 2>&1',
  '0\ntouch: /tmp/x: Read-only file system\n',
);
test(
  'a read-only root',
  prints,
  operations({ do: 'attributes', path: '/', recursive: false, attributes: READONLY }),
  'touch /x 2>&1; touch /dev/x && echo ok',
  'touch: /x: Read-only file system\nok\n',
);
test(
  'limits of resources',
  prints,
  operations({ do: 'rlimit', resource: 7, soft: 64n, hard: 128n }, { do: 'rlimit', resource: 4, soft: 0n, hard: null }),
  'ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc',
  '64\n128\n0\nunlimited\n',
);
test('a 32-bit machine', prints, operations({ do: 'personality', persona: 8 }), 'uname -m', /^(i686|armv8l|armv7l)\n$/);
test('CPUs', prints, operations({ do: 'affinity', cpus: [0] }), 'grep Cpus_allowed_list /proc/self/status', /\t0\n$/);
test(
  'memory nodes',
  prints,
  operations({ do: 'mempolicy', mode: 2, nodes: [0] }),
  'head -n 1 /proc/self/numa_maps',
  / bind:0 /,
);
test(
  'the score for the OOM killer',
  prints,
  operations({ do: 'oom-score', adjustment: 500 }),
  'cat /proc/self/oom_score_adj',
  '500\n',
);

const address = (...bytes: number[]) => Uint8Array.from(bytes);
test(
  'links, addresses and routes',
  prints,
  operations(
    {
      do: 'link',
      link: {
        name: 'lo',
        rename: null,
        mtu: 1400,
        up: true,
        addresses: [
          { address: address(10, 1, 2, 3), prefix: 24, peer: null },
          { address: address(10, 9, 0, 1), prefix: 32, peer: address(10, 9, 0, 2) },
          { address: address(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), prefix: 64, peer: null },
        ],
      },
    },
    {
      do: 'route',
      route: { link: 'lo', destination: address(10, 5, 0, 0), prefix: 16, gateway: address(10, 9, 0, 2), metric: 77 },
    },
  ),
  'ip -o addr show lo | tr -s " " | cut -d" " -f3-6; ip -o link show lo | grep -o "mtu [0-9]*"; ip route show 10.5.0.0/16',
  /inet 10\.1\.2\.3\/24 brd 10\.1\.2\.255\ninet 10\.9\.0\.1 peer 10\.9\.0\.2\/32\ninet6 fd00::1\/64 scope global\n(inet6 ::1\/128 scope host\n)?mtu 1400\n10\.5\.0\.0\/16 via 10\.9\.0\.2 dev lo +metric 77/,
);

test('a link of the host end is renamed and brought up once it is there', async t => {
  const name = `lxc${process.pid}`;
  const container = await launchPlan(
    testPlan(join(directory.path, 'root'), 'ip -o link show eth0 | grep -q "UP" && exit 3', {
      operations: [
        ...standardOperations(),
        { do: 'await-go' },
        { do: 'link', link: { name: 'born', rename: 'eth0', mtu: 1300, addresses: [], up: true } },
      ],
    }),
  );
  const command = ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'born', 'netns', String(container.initPid)];
  t.is(spawnSync('ip', command, { encoding: 'utf8' }).stderr, '');
  await container.run();
  t.deepEqual(await ended(container), { how: 'exit', status: 3 });
});

const CAP_CHOWN_AND_KILL = 0b10_0001n;
test(
  'capabilities are what the plan keeps, and nothing is inheritable or ambient',
  prints,
  { init: { capabilities: CAP_CHOWN_AND_KILL } },
  'grep ^Cap /proc/self/status',
  'CapInh:\t0000000000000000\nCapPrm:\t0000000000000021\nCapEff:\t0000000000000021\nCapBnd:\t0000000000000021\nCapAmb:\t0000000000000000\n',
);
test(
  'a user by name with all groups that list him',
  prints,
  { init: { user: 'alice', directory: '/tmp' } },
  'id; pwd; grep CapEff /proc/self/status',
  'uid=1000(alice) gid=100(users) groups=10(wheel),50(staff)\n/tmp\nCapEff:\t0000000000000000\n',
);
test(
  'a user and a group by number',
  prints,
  { init: { user: '+77', group: '88' } },
  'id -u; id -g; id -G',
  '77\n88\n88\n',
);
test('root with a group by name', prints, { init: { group: 'staff' } }, 'id -u; id -g', '0\n50\n');
test('no new privileges', prints, { init: { noNewPrivileges: true } }, 'grep NoNewPrivs /proc/self/status', /\t1\n$/);
test(
  'the environment is what the plan says',
  prints,
  { init: { env: ['PATH=/bin', 'A=b c'] } },
  'env | grep -v PWD | grep -v SHLVL | sort',
  'A=b c\nPATH=/bin\n',
);
test(
  'the console is the controlling terminal of a session',
  prints,
  {},
  'tty; : </dev/tty && echo ok; ps -o pid,sid,tty | grep " 1 *1 " | wc -l',
  /^\/dev\/pts\/0\nok\n/,
);
test(
  'several consoles belong to the group of terminals',
  prints,
  { operations: standardOperations(3) },
  'ls -1 /dev/pts; stat -c "%a %g" /dev/pts/2',
  '0\n1\n2\nptmx\n620 5\n',
);

test('a program without a terminal has nothing for one', async t => {
  const plan = testPlan(
    join(directory.path, 'root'),
    'all=$(for fd in 0 1 2; do readlink /proc/1/fd/$fd; done); echo "$all" >/tmp/std; tty',
    {
      init: { terminal: false },
    },
  );
  const container = await launchPlan(plan);
  await container.run();
  t.deepEqual(await ended(container), { how: 'exit', status: 1 });
  t.is(readFileSync(join(directory.path, 'root/tmp/std'), 'utf8'), '/dev/null\n'.repeat(3));
});

const UNSHARED = 100_000;
const mapped: PlanChange = {
  namespaces: ['mount', 'uts', 'ipc', 'pid', 'net', 'user'],
  uidMap: [{ inside: 0, outside: UNSHARED, count: 65_536 }],
  gidMap: [{ inside: 0, outside: UNSHARED, count: 65_536 }],
  operations: standardOperations(1, UNSHARED),
};
chownSync(join(directory.path, 'root'), UNSHARED, UNSHARED);
chownSync(join(directory.path, 'root/tmp'), UNSHARED, UNSHARED);

test(
  'below a user namespace it is root of its own tree, with working devices',
  prints,
  mapped,
  'id -u; cat /proc/self/uid_map; echo x >/dev/null && echo null; stat -c "%u %g" /dev /dev/null; touch /tmp/mine && stat -c %u /tmp/mine',
  /^0\n +0 +100000 +65536\nnull\n0 0\n0 0\n0\n$/,
);
test('what it makes there belongs to the mapped user', async t => {
  await scriptOutput(directory.path, 'touch /tmp/made', mapped);
  t.is(statSync(join(directory.path, 'root/tmp/made')).uid, UNSHARED);
});
test(
  'below a user namespace: settings, names, mounts, filesystems of the host',
  prints,
  {
    ...mapped,
    operations: [
      ...standardOperations(1, UNSHARED),
      { do: 'hostname', name: 'mapped' },
      { do: 'oom-score', adjustment: 300 },
      { do: 'mount', type: 'mqueue', source: 'mqueue', options: [], attributes: NOSUID, target: '/tmp/mqueue' },
      { do: 'attach', mount: { ...filesystem, attributes: READONLY }, target: '/tmp/ram' },
      { do: 'mask', path: '/proc/timer_list' },
      { do: 'link', link: { name: 'lo', rename: null, mtu: null, addresses: [], up: true } },
    ],
  },
  'hostname; cat /proc/self/oom_score_adj; grep -c "mqueue\\|/tmp/ram" /proc/mounts; wc -c </proc/timer_list; ip -o link show lo | grep -o "LOOPBACK,UP"',
  'mapped\n300\n2\n0\nLOOPBACK,UP\n',
);
test(
  'below a user namespace a user of the container',
  prints,
  { ...mapped, init: { user: 'alice' } },
  'id -u; id -g',
  '1000\n100\n',
);

/** Ways to lift what is forbidden of the mount at a path; each that succeeds prints a line. */
const lifting = (path: string): string =>
  [
    'try() { "$@" 2>&1 && echo "lifted: $*"; }',
    ...['rw', 'bind,rw', 'bind,ro,suid', 'bind,ro,dev'].map(how => `try mount -o remount,${how} ${path}`),
    `mount --rbind ${path} /proc/sys && try mount -o remount,bind,rw /proc/sys`,
    `try unshare -m mount -o remount,bind,rw ${path}`,
    `touch ${path}/made`,
  ].join('\n');
/** One for the remount of the filesystem, the others for that of the mount. */
const refused = (path: string): RegExp =>
  new RegExp(`^(?:mount: (?:permission denied|mounting).*\n){6}touch: ${path}/made: Read-only file system\n$`);

const forbidding = READONLY | NOSUID | NODEV;
test(
  'below a user namespace nobody lifts what is forbidden of a mount',
  prints,
  {
    ...mapped,
    operations: [
      ...standardOperations(1, UNSHARED),
      { do: 'attach', mount: { ...hostDirectory, attributes: forbidding }, target: '/tmp/host' },
    ],
  },
  lifting('/tmp/host'),
  refused('/tmp/host'),
);
test(
  'below a user namespace nobody lifts what is forbidden of the root',
  prints,
  {
    ...mapped,
    root: { ...hostDirectory, path: join(directory.path, 'root'), attributes: forbidding },
  },
  lifting('/'),
  refused('/'),
);
test('a file as a block device and as a filesystem', async t => {
  const image = join(directory.path, 'image');
  spawnSync('truncate', ['-s', '4M', image]);
  const { status } = spawnSync('mkfs.ext4', ['-q', image], { stdio: 'ignore' });
  const available = status === 0 && existsSync('/dev/loop-control');
  if (!available) {
    t.log('No mkfs.ext4 or no loop devices here');
    t.pass();
    return;
  }
  const output = await scriptOutput(
    directory.path,
    'cat /mnt/disk/ok 2>&1; echo yes >/mnt/disk/ok; cat /mnt/disk/ok; head -c 2 /dev/xda | wc -c',
    {
      loops: [
        { file: image, readonly: false },
        { file: image, readonly: true },
      ],
      operations: [
        ...standardOperations(),
        { do: 'attach', target: '/mnt/disk', mount: { ...filesystem, type: 'ext4', source: { by: 'loop', loop: 0 } } },
        {
          do: 'attach',
          target: '/dev/disk',
          mount: {
            ...filesystem,
            entries: [
              {
                make: 'node',
                path: 'xda',
                kind: 'block',
                device: { by: 'loop', loop: 1 },
                mode: 0o600,
                uid: 0,
                gid: 0,
              },
            ],
          },
        },
        { do: 'symlink', path: '/dev/xda', target: 'disk/xda' },
      ],
    },
  );
  t.is(output, "cat: can't open '/mnt/disk/ok': No such file or directory\nyes\n2\n");
  const { stdout } = spawnSync('losetup', ['-j', image], { encoding: 'utf8' });
  t.is(stdout, '');
});

test('a namespace of another container is shared', async t => {
  const first = await launchPlan(
    testPlan(join(directory.path, 'root'), 'sleep 1000', operations({ do: 'hostname', name: 'shared' })),
  );
  await first.run();
  const output = await scriptOutput(directory.path, 'hostname; readlink /proc/self/ns/net', {
    namespaces: ['mount', 'ipc', 'pid'],
    join: [
      { kind: 'uts', path: `/proc/${first.initPid}/ns/uts` },
      { kind: 'net', path: `/proc/${first.initPid}/ns/net` },
    ],
  });
  const { stdout } = spawnSync('readlink', [`/proc/${first.initPid}/ns/net`], { encoding: 'utf8' });
  t.is(output, `shared\n${stdout}`);
  const exit = ended(first);
  first.kill();
  await exit;
});

/** A cgroup of this test in a hierarchy that needs no set-up, and how a container gets into it. */
function makeCgroup(name: string): PlanChange & { directories: string[] } {
  const base = '/sys/fs/cgroup';
  if (existsSync(join(base, 'cgroup.controllers'))) {
    const unified = join(base, name);
    mkdirSync(unified);
    return { unifiedDirectory: unified, cgroupDirectories: [unified], directories: [unified] };
  }
  const directories = ['pids', 'freezer', 'devices'].map(controller => join(base, controller, name));
  for (const path of directories) mkdirSync(path);
  return { taskFiles: directories.map(path => join(path, 'tasks')), cgroupDirectories: directories, directories };
}

test('init is in its cgroups from the start; they are removed with all that was made below', async t => {
  const name = `lxvirtd-test-${process.pid}`;
  const { directories, ...change } = makeCgroup(name);
  const output = await scriptOutput(
    directory.path,
    `grep -c ${name} /proc/self/cgroup; mkdir -p /cg/a/b/c; ls -d /cg/a/b/c`,
    {
      ...change,
      operations: [
        ...standardOperations(),
        { do: 'attach', mount: { ...hostDirectory, path: directories[0] ?? '' }, target: '/cg' },
      ],
    },
  );
  t.is(output, `${directories.length}\n/cg/a/b/c\n`);
  for (const path of directories) t.false(existsSync(path));
});

test('cgroups of a container that could not be made are removed too', async t => {
  const { directories, ...change } = makeCgroup(`lxvirtd-test-failed-${process.pid}`);
  await t.throwsAsync(launchPlan(testPlan('/nonexistent/root', '', change)), { name: 'ContainerFailed' });
  for (const path of directories) t.false(existsSync(path));
});

/** A root tree whose owner has prepared it: `outside` is what must stay as it is. */
function hostileRoot(
  name: string,
  prepare: (root: string, outside: string) => void,
): { root: string; outside: string } {
  const root = makeBusyboxRoot(directory.path, name);
  const outside = join(directory.path, `${name}-outside`);
  mkdirSync(outside);
  prepare(root, outside);
  return { root, outside };
}

/** Runs a container to its end; null if it started. */
async function failureOf(plan: Plan): Promise<Error | null> {
  try {
    const container = await launchPlan(plan);
    await container.run();
    await ended(container);
    return null;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** What is mounted on the host, but for what other tests have below temporary directories of their own. */
const hostMounts = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line.includes(directory.path) || !line.includes(` ${tmpdir()}/lxvirtd-`));

const hostile = test.macro<[(root: string, outside: string) => void, Operation[]]>({
  title: (name = '') => `a hostile root tree: ${name}`,
  async exec(t, prepare, more) {
    const { root, outside } = hostileRoot(t.title.replaceAll(/\W+/g, '-'), prepare);
    const before = hostMounts();
    const failure = await failureOf(testPlan(root, 'exit 0', { operations: [...standardOperations(), ...more] }));
    if (failure !== null) t.is(failure.name, 'ContainerFailed');
    t.deepEqual(readdirSync(outside), []);
    t.deepEqual(hostMounts(), before);
  },
});

const replace = (root: string, path: string, target: string): void => {
  spawnSync('rm', ['-rf', join(root, path)]);
  symlinkSync(target, join(root, path));
};

test(
  'dev, proc and sys are links out of it',
  hostile,
  (root, outside) => {
    for (const path of ['dev', 'proc', 'sys']) replace(root, path, outside);
  },
  [],
);
test('links climb with dots', hostile, (root, outside) => replace(root, 'dev', `../../../../../..${outside}`), []);
test('targets lead through links', hostile, (root, outside) => replace(root, 'mnt', outside), [
  { do: 'mkdir', path: '/mnt/made/deep', mode: 0o755 },
  { do: 'touch', path: '/mnt/touched' },
  { do: 'symlink', path: '/mnt/linked', target: 'x' },
  { do: 'attach', mount: filesystem, target: '/mnt/attached' },
  { do: 'bind', source: '/etc', target: '/mnt/bound', recursive: false, attributes: 0, optional: false },
]);
test('a magic link of proc as a way out', hostile, root => replace(root, 'mnt', '/proc/1/root'), [
  { do: 'attach', mount: filesystem, target: '/mnt/etc' },
  { do: 'mkdir', path: '/mnt/x', mode: 0o755 },
]);
test('the source of a bind is a link out of it', hostile, (root, outside) => replace(root, 'mnt', outside), [
  { do: 'bind', source: '/mnt', target: '/tmp', recursive: true, attributes: 0, optional: false },
  { do: 'touch', path: '/tmp/touched' },
]);
test(
  'a FIFO where a file is read',
  hostile,
  root => {
    spawnSync('rm', [join(root, 'etc/passwd')]);
    spawnSync('mkfifo', [join(root, 'etc/passwd')]);
  },
  [],
);
test('a loop of links', hostile, root => replace(root, 'dev', 'dev'), []);

test('users are looked up in the container, whatever links say', async t => {
  const { root } = hostileRoot('passwd', path => replace(path, 'etc/passwd', '/../../../../etc/passwd'));
  const plan = testPlan(root, '', { init: { user: 'root' } });
  const container = await launchPlan(plan);
  const error = await t.throwsAsync(container.run(), { name: 'ContainerFailed' });
  t.is(error?.message, 'user /etc/passwd: too many symbolic links encountered (ELOOP)');
});
