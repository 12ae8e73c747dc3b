import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ConsoleReader, until } from '../controller/testing/console-reader.ts';
import { makeBusyboxRoot, TestDirectory } from '../controller/testing/busybox-root.ts';
import { ended, launchPlan } from '../controller/testing/run-container.ts';
import { standardOperations, testPlan } from '../controller/testing/test-plan.ts';
import type { PlanChange } from '../controller/testing/test-plan.ts';
import { pipe } from '../ffi/libc.ts';
import type { Plan } from '../plan/plan.ts';
import type { Outcome } from './container.ts';
import { ContainerFailed } from './container-failed.ts';
import { ControllerAhead } from './controller-ahead.ts';
import { adopt, launch } from './launch.ts';
import { openNamespaces } from './namespaces.ts';
import { canHang, HungMount } from './testing/hung-mount.ts';
import { encodePlan } from '../plan/encode.ts';
import { where } from '../testing/where.ts';

const directory = new TestDirectory();
const root = makeBusyboxRoot(directory.path);
test.after.always(() => directory[Symbol.dispose]());

/** Nothing is there. */
const ABSENT = join(directory.path, 'absent');

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);
const { SIGKILL, SIGTERM } = constants.signals;

function readText(fd: number): string {
  const buffer = Buffer.alloc(256);
  return buffer.toString('utf8', 0, readSync(fd, buffer));
}

const ends = test.macro<[string, Outcome]>({
  title: (_, script, { how }) => `"${script}" ends by ${how}`,
  async exec(t, script, outcome) {
    const container = await launchPlan(testPlan(root, script));
    t.false(container.running);
    await container.run();
    t.deepEqual(await ended(container), outcome);
    t.deepEqual(container.outcome, outcome);
    t.deepEqual(await ended(container), outcome);
    await until('the controller is gone', () => !alive(container.controllerPid));
    t.false(alive(container.initPid));
  },
});

test('exit 0', ends, 'exit 0', { how: 'exit', status: 0 });
test('exit 7', ends, 'exit 7', { how: 'exit', status: 7 });
test('reboot', ends, 'reboot -f', { how: 'reboot' });
test('halt', ends, 'halt -f', { how: 'poweroff' });
test('poweroff', ends, 'poweroff -f', { how: 'poweroff' });

test('kill ends every process of the container, and says so', async t => {
  const container = await launchPlan(testPlan(root, 'sleep 1000 & sleep 1000'));
  await container.run();
  const exit = ended(container);
  container.kill();
  t.deepEqual(await exit, { how: 'signal', signal: SIGKILL });
});

test('a signal reaches init', async t => {
  const container = await launchPlan(testPlan(root, 'trap "exit 5" TERM; echo READY; while :; do sleep 1; done'));
  using console = new ConsoleReader(container.consoles[0] ?? '');
  await container.run();
  const exit = ended(container);
  await console.until(text => text.includes('READY'));
  container.signal(SIGTERM);
  t.deepEqual(await exit, { how: 'exit', status: 5 });
  t.notThrows(() => container.signal(SIGTERM));
});

const killsController = test.macro<[number, Outcome['how']]>({
  title: (_, signal) => `signal ${signal} to the controller ends its container`,
  async exec(t, signal, how) {
    const container = await launchPlan(testPlan(root, 'trap "" TERM HUP INT; setsid sleep 1000 & sleep 1000'));
    await container.run();
    const exit = ended(container);
    process.kill(container.controllerPid, signal);
    t.is((await exit).how, how);
    await until('init is gone', () => !alive(container.initPid));
  },
});

test('KILL', killsController, SIGKILL, 'lost');
test('TERM', killsController, SIGTERM, 'signal');

test('a container whose program gave up its rights dies with its controller too', async t => {
  const container = await launchPlan(testPlan(root, 'sleep 1000', { init: { user: 'alice' } }));
  await container.run();
  process.kill(container.controllerPid, SIGKILL);
  await until('init is gone', () => !alive(container.initPid));
  t.deepEqual(await ended(container), { how: 'lost' });
});

test('what SIGHUP and SIGINT do to others does not touch the controller', async t => {
  const container = await launchPlan(testPlan(root, 'sleep 1000'));
  await container.run();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE', 'SIGUSR1'] as const)
    process.kill(container.controllerPid, signal);
  container.kill();
  t.deepEqual(await ended(container), { how: 'signal', signal: SIGKILL });
});

const fails = test.macro<[(change: string) => PlanChange, { step: string; path: string; code: string }]>({
  title: (name = '') => `${name} is an error that says which step, where and why`,
  async exec(t, change, expected) {
    const place = join(directory.path, `failing-${t.title.replaceAll(/\W/g, '-')}`);
    mkdirSync(place);
    const files = { socket: join(place, 's'), pidFile: join(place, 'p'), outcomeFile: join(place, 'o') };
    const plan = testPlan(root, 'exit 0', { ...files, ...change(place) });
    const error = await t.throwsAsync(
      async () => {
        const container = await launchPlan(plan, [], join(place, 'log'));
        await container.run();
      },
      { instanceOf: ContainerFailed },
    );
    t.deepEqual(
      { step: error?.step, path: error?.path, errno: error?.errno },
      {
        step: expected.step,
        path: expected.path.replace('PLACE', place),
        errno: Object.entries(constants.errno).find(([name]) => name === expected.code)?.[1] ?? 0,
      },
    );
    t.regex(readFileSync(join(place, 'log'), 'utf8'), new RegExp(`^lxvirt-controller: .*${expected.step} `, 'm'));
    for (const file of Object.values(files)) t.false(existsSync(file));
    t.deepEqual(
      readdirSync(place).filter(name => name.endsWith('~')),
      [],
    );
  },
});

const after = (operation: Plan['operations'][number]): PlanChange => ({
  operations: [...standardOperations(), operation],
});
const tmpfs = { from: 'filesystem', type: 'tmpfs', source: null, options: [], attributes: 0, entries: [] } as const;

test(
  'no root tree',
  fails,
  () => ({ root: { from: 'path', path: ABSENT, recursive: true, attributes: 0, entries: [] } }),
  {
    step: 'source',
    path: ABSENT,
    code: 'ENOENT',
  },
);
test('no place for the root', fails, () => ({ rootMountPoint: ABSENT }), {
  step: 'mount',
  path: ABSENT,
  code: 'ENOENT',
});
test('no init', fails, () => ({ init: { argv: ['/sbin/nothing'] } }), {
  step: 'exec',
  path: '/sbin/nothing',
  code: 'ENOENT',
});
test('init is a directory', fails, () => ({ init: { argv: ['/etc'] } }), {
  step: 'exec',
  path: '/etc',
  code: 'EACCES',
});
test('no working directory', fails, () => ({ init: { directory: '/no' } }), {
  step: 'directory',
  path: '/no',
  code: 'ENOENT',
});
test('unknown user', fails, () => ({ init: { user: 'nobody' } }), { step: 'user', path: 'nobody', code: 'ENOENT' });
test('unknown group', fails, () => ({ init: { group: 'none' } }), { step: 'group', path: 'none', code: 'ENOENT' });
test('no cgroup', fails, () => ({ taskFiles: [`${ABSENT}/tasks`] }), {
  step: 'cgroup',
  path: `${ABSENT}/tasks`,
  code: 'ENOENT',
});
test('no v2 cgroup', fails, () => ({ unifiedDirectory: ABSENT }), {
  step: 'cgroup',
  path: ABSENT,
  code: 'ENOENT',
});
test('not a v2 cgroup', fails, () => ({ unifiedDirectory: '/etc' }), { step: 'clone', path: 'init', code: 'EBADF' });
test('no namespace to join', fails, () => ({ join: [{ kind: 'net', path: ABSENT }] }), {
  step: 'setns',
  path: ABSENT,
  code: 'ENOENT',
});
test('a namespace of another kind', fails, () => ({ join: [{ kind: 'net', path: '/proc/self/ns/uts' }] }), {
  step: 'setns',
  path: '/proc/self/ns/uts',
  code: 'EINVAL',
});
test('no file for a loop device', fails, () => ({ loops: [{ file: ABSENT, readonly: true }] }), {
  step: 'loop',
  path: ABSENT,
  code: 'ENOENT',
});
test('no directory for the socket', fails, () => ({ socket: `${ABSENT}/socket` }), {
  step: 'socket',
  path: `${ABSENT}/socket`,
  code: 'ENOENT',
});
test('a name too long for a socket', fails, () => ({ socket: `/${'x'.repeat(120)}` }), {
  step: 'socket',
  path: `/${'x'.repeat(120)}`,
  code: 'ENAMETOOLONG',
});
test(
  'a directory in place of the pid file',
  fails,
  place => {
    mkdirSync(join(place, 'directory'));
    return { pidFile: join(place, 'directory') };
  },
  { step: 'write', path: 'PLACE/directory', code: 'EISDIR' },
);
test('no directory for the pid file', fails, () => ({ pidFile: `${ABSENT}/pid` }), {
  step: 'write',
  path: `${ABSENT}/pid`,
  code: 'ENOENT',
});
test(
  'overlapping id maps',
  fails,
  () => ({
    namespaces: ['mount', 'pid', 'user'],
    uidMap: [
      { inside: 0, outside: 100_000, count: 10 },
      { inside: 5, outside: 200_000, count: 10 },
    ],
    gidMap: [],
  }),
  { step: 'idmap', path: 'uid_map', code: 'EINVAL' },
);
test('unknown filesystem', fails, () => after({ do: 'attach', mount: { ...tmpfs, type: 'nofs' }, target: '/mnt' }), {
  step: 'mount',
  path: 'nofs',
  code: 'ENODEV',
});
test(
  'unknown option',
  fails,
  () =>
    after({
      do: 'mount',
      type: 'tmpfs',
      source: null,
      options: [{ key: 'bad', value: '1' }],
      attributes: 0,
      target: '/mnt',
    }),
  { step: 'mount', path: '/mnt', code: 'EINVAL' },
);
test('a file where a mount point is due', fails, () => after({ do: 'attach', mount: tmpfs, target: '/etc/passwd' }), {
  step: 'mount',
  path: '/etc/passwd',
  code: 'ENOTDIR',
});
test('mkdir below a file', fails, () => after({ do: 'mkdir', path: '/etc/passwd/x', mode: 0o755 }), {
  step: 'mkdir',
  path: '/etc/passwd/x',
  code: 'ENOTDIR',
});
test('write to nothing', fails, () => after({ do: 'write', path: '/nothing', contents: '1' }), {
  step: 'write',
  path: '/nothing',
  code: 'ENOENT',
});
test('write to a device', fails, () => after({ do: 'write', path: '/dev/null', contents: '1' }), {
  step: 'write',
  path: '/dev/null',
  code: 'EINVAL',
});
test(
  'bind of nothing',
  fails,
  () =>
    after({
      do: 'bind',
      source: '/nothing',
      target: '/mnt',
      recursive: false,
      attributes: 0,
      optional: false,
    }),
  { step: 'bind', path: '/nothing', code: 'ENOENT' },
);
test(
  'attributes of what is no mount',
  fails,
  () =>
    after({
      do: 'attributes',
      path: '/etc',
      recursive: false,
      attributes: 1,
    }),
  { step: 'attributes', path: '/etc', code: 'EINVAL' },
);
test(
  'consoles without devpts',
  fails,
  () =>
    after({
      do: 'consoles',
      devpts: '/etc',
      count: 1,
      mode: 0o620,
      uid: 0,
      gid: 0,
    }),
  { step: 'consoles', path: '/etc', code: 'ENOENT' },
);
test('a hostname that is too long', fails, () => after({ do: 'hostname', name: 'x'.repeat(65) }), {
  step: 'hostname',
  path: 'x'.repeat(65),
  code: 'EINVAL',
});
test(
  'no such link',
  fails,
  () =>
    after({
      do: 'link',
      link: { name: 'eth7', rename: null, mtu: null, addresses: [], up: true },
    }),
  { step: 'link', path: 'eth7', code: 'ENODEV' },
);
test(
  'an address that is there already',
  fails,
  () =>
    after({
      do: 'link',
      link: {
        name: 'lo',
        rename: null,
        mtu: null,
        up: true,
        addresses: [{ address: Uint8Array.of(127, 0, 0, 1), prefix: 8, peer: null }],
      },
    }),
  { step: 'address', path: 'lo', code: 'EEXIST' },
);
test(
  'a route to nowhere',
  fails,
  () =>
    after({
      do: 'route',
      route: {
        link: 'lo',
        destination: Uint8Array.of(0, 0, 0, 0),
        prefix: 0,
        gateway: Uint8Array.of(10, 0, 0, 1),
        metric: null,
      },
    }),
  { step: 'route', path: 'lo', code: 'ENETUNREACH' },
);
test('an unknown limit', fails, () => after({ do: 'rlimit', resource: 999, soft: 1n, hard: 1n }), {
  step: 'rlimit',
  path: '999',
  code: 'EINVAL',
});
test('no CPU', fails, () => after({ do: 'affinity', cpus: [] }), { step: 'affinity', path: '', code: 'EINVAL' });
test('a CPU beyond all', fails, () => after({ do: 'affinity', cpus: [100_000] }), {
  step: 'affinity',
  path: '',
  code: 'EINVAL',
});
test('an unknown memory policy', fails, () => after({ do: 'mempolicy', mode: 99, nodes: [0] }), {
  step: 'mempolicy',
  path: '',
  code: 'EINVAL',
});
test('a filter that is none', fails, () => ({ init: { seccomp: new Uint8Array(8) } }), {
  step: 'seccomp',
  path: '',
  code: 'EINVAL',
});
test('an LSM that the host lacks', fails, () => ({ init: { label: { attribute: 'none/exec', value: 'x' } } }), {
  step: 'label',
  path: '/proc/self/attr/none/exec',
  code: 'ENOENT',
});
test('shared processes', fails, () => ({ namespaces: ['mount'] }), {
  step: 'plan',
  path: 'namespaces',
  code: 'EINVAL',
});

test('a plan that the controller could not read is refused before anything starts', t => {
  t.throws(() => encodePlan(testPlan('/', 'a\0b')), { message: /argv\[2\]/ });
  t.throws(() => encodePlan(testPlan(`/${'x'.repeat(4096)}`, '')), { message: /root\.path/ });
});

test('a controller that is not there is an error', async t => {
  using controller = new ControllerAhead('absent', { log: 2, pass: [] }, ABSENT);
  await t.throwsAsync(launch(testPlan(root, ''), controller), { code: 'ENOENT' });
});

test('what a daemon begins and leaves is ended', async t => {
  const container = await launchPlan(testPlan(root, 'sleep 1000'));
  t.true(alive(container.initPid));
  container.detach();
  await until('init is gone', () => !alive(container.initPid));
});

const stateFiles = (name: string) => {
  const place = join(directory.path, name);
  mkdirSync(place);
  return { socket: join(place, 'c.sock'), pidFile: join(place, 'c.pid'), outcomeFile: join(place, 'c.outcome') };
};

test('a later daemon finds the container, is told its facts, and its end', async t => {
  const files = stateFiles('adopt');
  writeFileSync(files.socket, 'stale');
  const first = await launchPlan(testPlan(root, 'sleep 1000', files));
  await first.run();
  t.is(statSync(files.socket).mode & 0o777, 0o600);
  t.is(readFileSync(files.pidFile, 'utf8'), `${first.controllerPid}\n`);
  first.detach();
  const second = await adopt(files.socket);
  const third = await adopt(files.socket);
  t.true(second.running);
  t.is(second.controllerPid, first.controllerPid);
  t.is(second.initPid, first.initPid);
  t.deepEqual(second.consoles, first.consoles);
  await second.run();
  const exits = [ended(second), ended(third)];
  second.kill();
  t.deepEqual(await Promise.all(exits), [
    { how: 'signal', signal: SIGKILL },
    { how: 'signal', signal: SIGKILL },
  ]);
  t.false(existsSync(files.socket));
  t.false(existsSync(files.pidFile));
  t.is(readFileSync(files.outcomeFile, 'utf8'), 'signal 9\n');
});

test('an end that no daemon sees is in the outcome file', async t => {
  const files = stateFiles('unseen');
  const container = await launchPlan(testPlan(root, 'read go </run/go; exit 3', files));
  spawnSync('mkfifo', [join(root, 'run/go')]);
  await container.run();
  container.detach();
  writeFileSync(join(root, 'run/go'), 'go\n');
  await until('the outcome is written', () => existsSync(files.outcomeFile));
  t.is(readFileSync(files.outcomeFile, 'utf8'), 'exit 3\n');
  await until('the controller is gone', () => !alive(container.controllerPid));
  rmSync(join(root, 'run/go'));
  await t.throwsAsync(adopt(files.socket), { code: 'ENOENT' });
});

test('a daemon that is killed leaves its container running', async t => {
  const files = stateFiles('killed');
  const program = `
    import { launchPlan } from ${JSON.stringify(join(import.meta.dirname, '../controller/testing/run-container.ts'))};
    import { testPlan } from ${JSON.stringify(join(import.meta.dirname, '../controller/testing/test-plan.ts'))};
    const container = await launchPlan(testPlan(${JSON.stringify(root)}, 'sleep 1000', ${JSON.stringify(files)}));
    await container.run();
    console.log('RUNNING');
    setInterval(() => {}, 1000);`;
  const daemon = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  await once(daemon.stdout, 'data');
  process.kill(-(daemon.pid ?? 0), 'SIGKILL');
  await once(daemon, 'exit');
  const container = await adopt(files.socket);
  t.true(container.running);
  const exit = ended(container);
  container.kill();
  t.deepEqual(await exit, { how: 'signal', signal: SIGKILL });
});

test('what is no command, and too many clients, do not disturb the controller', async t => {
  const files = stateFiles('noise');
  const container = await launchPlan(testPlan(root, 'sleep 1000', files));
  await container.run();
  for (const noise of ['\0\0\0\x04\0\0\0\x63', '\xff\xff\xff\xff', 'GET / HTTP/1.0\r\n\r\n', '\0\0\0\0']) {
    const client = connect(files.socket);
    client.on('error', () => {}).resume();
    client.write(noise, 'latin1');
    await until('it is turned away', () => client.closed);
  }
  const crowd = Array.from({ length: 20 }, () =>
    connect(files.socket)
      .on('error', () => {})
      .resume(),
  );
  await until('some are turned away', () => crowd.filter(client => client.closed).length >= 12);
  t.true(container.running);
  for (const client of crowd) client.destroy();
  const exit = ended(container);
  container.kill();
  t.is((await exit).how, 'signal');
});

test('a controller that nobody understands is given up', async t => {
  const { socket } = stateFiles('garbage');
  for (const garbage of ['\0\0\0\x04\0\0\0\x63', '\xff\xff\xff\xff', '\0\0\0\0']) {
    const server = createServer(client => client.on('error', () => {}).end(garbage, 'latin1')).listen(socket);
    await once(server, 'listening');
    await t.throwsAsync(adopt(socket), { instanceOf: ContainerFailed, message: 'controller died' });
    server.close();
    await once(server, 'close');
  }
});

test('the program has its console and the passed files, and no other descriptor', async t => {
  const first = pipe();
  const second = pipe();
  const plan = testPlan(root, 'echo three >&3; echo four >&4; exec ls /proc/self/fd >&3');
  const container = await launchPlan(plan, [first.writeEnd, second.writeEnd]);
  await container.run();
  t.deepEqual(await ended(container), { how: 'exit', status: 0 });
  // The last one is the directory that ls reads.
  t.is(readText(first.readEnd), 'three\n0\n1\n2\n3\n4\n5\n');
  t.is(readText(second.readEnd), 'four\n');
  for (const fd of [first.readEnd, first.writeEnd, second.readEnd, second.writeEnd]) closeSync(fd);
});

test('the namespaces of a container can be opened until it has ended', async t => {
  const container = await launchPlan(testPlan(root, 'sleep 1000'));
  await container.run();
  const files = openNamespaces(container);
  const names = files.map(fd => spawnSync('readlink', [`/proc/${process.pid}/fd/${fd}`], { encoding: 'utf8' }).stdout);
  t.deepEqual(
    names.map(name => name.split(':')[0]),
    ['user', 'ipc', 'uts', 'net', 'pid', 'mnt'],
  );
  for (const fd of files) closeSync(fd);
  t.throws(() => openNamespaces({ initPid: process.pid, controllerPid: container.controllerPid }), { code: 'ESRCH' });
  const exit = ended(container);
  container.kill();
  await exit;
  t.throws(() => openNamespaces(container), { code: 'ENOENT' });
});

/** The processes of a controller that has not told its pid. */
function controllersOf(name: string): string[] {
  return readdirSync('/proc').filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`lxvirt-controller\0${name}\0`);
    } catch {
      return false;
    }
  });
}

const withFuse = where(canHang, '/dev/fuse');
withFuse('a launch that hangs is given up', async t => {
  await using hung = await HungMount.make();
  const plan = { ...testPlan(root, ''), name: `hangs-${process.pid}` };
  const abort = new AbortController();
  const source = { from: 'path', path: hung.path, recursive: true, attributes: 0, entries: [] } as const;
  using controller = new ControllerAhead(plan.name, { log: 2, pass: [] });
  const launching = launch({ ...plan, root: source }, controller, abort.signal);
  await until('the controller is there', () => controllersOf(plan.name).length > 0);
  abort.abort(new Error('enough'));
  await t.throwsAsync(launching, { message: 'enough' });
  await until('the controller is gone', () => controllersOf(plan.name).length === 0);
});

test('a launch that was given up before it began does nothing', async t => {
  const signal = AbortSignal.abort(new Error('never'));
  const log = join(directory.path, 'never.log');
  const fd = openSync(log, 'a');
  const name = `never-${process.pid}`;
  {
    using controller = new ControllerAhead(name, { log: fd, pass: [] });
    await t.throwsAsync(launch(testPlan(root, ''), controller, signal), { message: 'never' });
  }
  closeSync(fd);
  await until('the controller is gone', () => controllersOf(name).length === 0);
  t.is(readFileSync(log, 'utf8'), '');
});
