import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { CgroupUnavailable, type Cgroup, type DeviceRule } from './cgroup.ts';
import { createCgroup, openCgroup, removeCgroups } from './create.ts';
import { detectHierarchies } from './hierarchies.ts';
import { KeptFiles } from './kept-files.ts';
import { where } from '../testing/where.ts';

const hierarchies = detectHierarchies();
const parent = `/lxvirtd-test-${process.pid}`;
const limitsAvailable = hierarchies.controllers.has('memory') && hierarchies.controllers.has('cpu');

test.after.always('the cgroups are gone', () => removeCgroups(hierarchies, parent));

const make = (t: ExecutionContext, partition: string | null = null): Cgroup => {
  const cgroup = createCgroup(hierarchies, {
    parent,
    partition,
    uuid: crypto.randomUUID(),
    name: t.title,
    owner: null,
  });
  t.teardown(async () => {
    await cgroup.kill(30_000);
    await eventually(() => {
      cgroup.remove();
      return true;
    });
  });
  return cgroup;
};

/** Deadlines are for broken code only: a loaded machine gets half a minute. */
async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      if (condition()) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error('the condition was not met within 30 s');
    await sleep(5);
  }
}

type Shell = ChildProcess & {
  readonly output: () => string;
  /** It has ended and all that it wrote is here. */
  readonly closed: Promise<unknown>;
};

/** A shell that enters the cgroup as a container's init does, says so, and runs `script`. */
async function run(cgroup: Cgroup, script: string): Promise<Shell> {
  const enter = cgroup.entry.taskFiles.map(file => `echo 0 > '${file}'`);
  if (cgroup.entry.unifiedDirectory !== null) enter.push(`echo 0 > '${cgroup.entry.unifiedDirectory}/cgroup.procs'`);
  const child = spawn('sh', ['-c', `set -e; ${enter.join('; ')}; set +e; echo in; ${script}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await eventually(() => output.startsWith('in\n') || child.exitCode !== null);
  return Object.assign(child, { output: () => output.slice(3), closed });
}

test('a container lives in every hierarchy below its partition, and leaves nothing behind', async t => {
  const cgroup = make(t, '/machine/group');
  t.true(cgroup.directories.length > 0);
  t.true(cgroup.path.startsWith(`${parent}/machine/group.partition/lxc-`));
  t.true(cgroup.directories.every(directory => existsSync(directory)));
  const child = await run(cgroup, 'sleep 1000 & wait');
  await eventually(() => cgroup.processes().length === 2);
  t.true(cgroup.processes().includes(child.pid ?? -1));
  for (const directory of cgroup.directories)
    t.true(readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n').includes(String(child.pid)));
  await cgroup.kill(30_000);
  await child.closed;
  t.is(child.signalCode, 'SIGKILL');
  t.deepEqual(cgroup.processes(), []);
  await eventually(() => {
    cgroup.remove();
    return true;
  });
  t.false(cgroup.directories.some(directory => existsSync(directory)));
});

test('a cgroup is found again by its path', async t => {
  const cgroup = make(t);
  const child = await run(cgroup, 'exec sleep 1000');
  const again = openCgroup(hierarchies, cgroup.path);
  t.deepEqual(again?.processes(), [child.pid]);
  t.deepEqual(again?.directories, cgroup.directories);
  t.is(openCgroup(hierarchies, `${cgroup.path}.other`), null);
});

test('an empty left-over is replaced, one in use is refused and stays as it is', async t => {
  const spec = { parent, partition: null, uuid: crypto.randomUUID(), name: 'twice', owner: null };
  const first = createCgroup(hierarchies, spec);
  t.teardown(async () => {
    await first.kill(30_000);
    await eventually(() => (first.remove(), true));
  });
  const second = createCgroup(hierarchies, spec);
  const child = await run(second, 'exec sleep 1000');
  t.throws(() => createCgroup(hierarchies, spec), { message: /in use/ });
  t.deepEqual(second.processes(), [child.pid]);
});

test('cgroups that the container made are counted, killed and removed with it', async t => {
  const cgroup = make(t);
  const home = cgroup.entry.taskFiles.at(-1)?.replace(/\/tasks$/, '') ?? cgroup.entry.unifiedDirectory ?? '';
  const inner = `${home}/inner/most`;
  mkdirSync(inner, { recursive: true });
  const child = await run(cgroup, `echo 0 > '${inner}/cgroup.procs'; exec sleep 1000`);
  await eventually(() => readFileSync(`${inner}/cgroup.procs`, 'utf8') !== '');
  t.deepEqual(cgroup.processes(), [child.pid]);
  await cgroup.kill(30_000);
  await eventually(() => (cgroup.remove(), !existsSync(home)));
  t.pass();
});

test('a frozen container stands still, shows so, and dies all the same', async t => {
  const cgroup = make(t);
  const child = await run(cgroup, 'while :; do echo tick; sleep 0.01; done');
  await eventually(() => child.output().length > 20);
  t.false(cgroup.frozen());
  await cgroup.freeze();
  t.true(cgroup.frozen());
  await sleep(20);
  const stopped = child.output();
  await sleep(200);
  t.is(child.output(), stopped);
  await cgroup.thaw();
  t.false(cgroup.frozen());
  await eventually(() => child.output().length > stopped.length);
  await cgroup.freeze();
  await cgroup.kill(30_000);
  await child.closed;
  t.is(child.signalCode, 'SIGKILL');
});

test('a fork bomb is killed', async t => {
  const cgroup = make(t);
  if (cgroup.has('pids')) cgroup.setPidsMax(40);
  const child = await run(cgroup, 'bomb() { sleep 0.01 & while :; do (bomb) 2>/dev/null; done; }; bomb 2>/dev/null');
  await eventually(() => cgroup.processes().length > 5);
  await cgroup.kill(30_000);
  await child.closed;
  t.deepEqual(cgroup.processes(), []);
});

/** Each limit: set, and read back as the kernel keeps it. */
const limitRows: readonly [string, (cgroup: Cgroup) => void, (cgroup: Cgroup) => unknown, unknown][] = [
  ['shares', cgroup => cgroup.setCpuShares(2048n), cgroup => cgroup.cpuShares(), 2048n],
  ['uneven shares', cgroup => cgroup.setCpuShares(1500n), cgroup => cgroup.cpuShares(1500n), 1500n],
  ['other shares', cgroup => cgroup.setCpuShares(2048n), cgroup => cgroup.cpuShares(1500n), 2048n],
  ['period', cgroup => cgroup.setCpuPeriod(50_000n), cgroup => cgroup.cpuPeriod(), 50_000n],
  [
    'quota',
    cgroup => cgroup.setCpuQuota(25_000n),
    cgroup => [cgroup.cpuQuota(), cgroup.cpuPeriod()],
    [25_000n, 100_000n],
  ],
  ['no quota', cgroup => cgroup.setCpuQuota(null), cgroup => cgroup.cpuQuota(), null],
  ['memory', cgroup => cgroup.setMemoryLimit(64n << 20n), cgroup => cgroup.memory()?.limit, 64n << 20n],
  ['no memory limit', cgroup => cgroup.setMemoryLimit(null), cgroup => cgroup.memory()?.limit, null],
  ['soft limit', cgroup => cgroup.setMemorySoftLimit(32n << 20n), cgroup => cgroup.memory()?.softLimit, 32n << 20n],
  [
    'memory and swap',
    cgroup => {
      cgroup.setMemoryLimit(64n << 20n);
      cgroup.setSwapLimit(96n << 20n);
      // on v2 the kernel keeps them apart: the sum has to survive a change of the memory's part
      cgroup.setMemoryLimit(80n << 20n);
    },
    cgroup => [cgroup.memory()?.limit, cgroup.memory()?.swapLimit],
    [80n << 20n, 96n << 20n],
  ],
];

/** Each placement: the same, for which the cpuset controller is needed. */
const placementRows: readonly [
  string,
  (cgroup: Cgroup) => Promise<void> | void,
  (cgroup: Cgroup) => unknown,
  unknown,
][] = [
  ['a CPU', cgroup => cgroup.setCpus('0'), cgroup => cgroup.cpus(), '0'],
  [
    'every CPU again',
    cgroup => {
      cgroup.setCpus('0');
      cgroup.setCpus(null);
    },
    cgroup => cgroup.cpus(),
    readFileSync('/sys/devices/system/cpu/online', 'utf8').trim(),
  ],
  ['a memory node', cgroup => cgroup.setMemoryNodes('0'), cgroup => cgroup.memoryNodes(), '0'],
  ['another memory node while it is in use', cgroup => cgroup.moveMemory('0'), cgroup => cgroup.memoryNodes(), '0'],
];
const placed = test.macro(
  async (t, set: (cgroup: Cgroup) => Promise<void> | void, get: (cgroup: Cgroup) => unknown, expected: unknown) => {
    const cgroup = make(t);
    await set(cgroup);
    t.is(get(cgroup), expected);
  },
);
const withCpuset = where(hierarchies.controllers.has('cpuset'), 'cpuset controller');
for (const [name, set, get, expected] of placementRows) withCpuset(`placement: ${name}`, placed, set, get, expected);

const limited = test.macro((t, set: (cgroup: Cgroup) => void, get: (cgroup: Cgroup) => unknown, expected: unknown) => {
  const cgroup = make(t);
  set(cgroup);
  t.deepEqual(get(cgroup), expected);
});
const withLimits = where(limitsAvailable, 'memory and cpu controllers');
for (const [name, set, get, expected] of limitRows) withLimits(`limit: ${name}`, limited, set, get, expected);

test('the memory limit holds', async t => {
  const cgroup = make(t);
  cgroup.setMemoryLimit(16n << 20n);
  const child = await run(cgroup, 'exec head -c 200000000 /dev/zero | tail > /dev/null; exit 0');
  await child.closed;
  t.true((cgroup.memory()?.usage ?? 0n) <= 16n << 20n);
  const events = cgroup.directories
    .filter(directory => existsSync(`${directory}/memory.failcnt`) || existsSync(`${directory}/memory.events`))
    .map(
      directory => [`${directory}/memory.failcnt`, `${directory}/memory.events`].find(file => existsSync(file)) ?? '',
    );
  t.regex(readFileSync(events[0] ?? '', 'utf8'), /^[1-9]|max [1-9]/m);
});

test('CPU time, memory and processes are counted', async t => {
  const cgroup = make(t);
  // A shell would do the same by very many calls of the kernel, which an emulated one takes half a minute for.
  const script = `exec perl -e '$| = 1; $i++ while $i < 1e6; $held = "x" x 8e6; print "done\\n"; kill "STOP", $$'`;
  const child = await run(cgroup, script);
  await eventually(() => child.output() === 'done\n');
  const total = cgroup.cpuTime() ?? 0n;
  t.true(total > 5_000_000n, `${total} ns for a million rounds of a loop`);
  const cpu = cgroup.cpu();
  if (cpu === null) throw new Error('the time is there, its parts are not');
  t.true(cpu.total >= total);
  t.true(cpu.user + cpu.system > 0n);
  if (hierarchies.controllers.get('cpuacct')?.version === 2) t.is(cpu.each, null);
  else
    t.is(
      cpu.each?.reduce((sum, time) => sum + time),
      cpu.total,
    );
  // the kernel adds up what its CPUs count from time to time only
  await eventually(() => (cgroup.memory()?.usage ?? 0n) >= 4n << 20n);
  t.true((cgroup.memoryUsage() ?? 0n) >= 4n << 20n);
  if (cgroup.has('pids')) t.is(cgroup.pids(), 1);
  t.deepEqual(cgroup.processes(), [child.pid]);
});

test('reads and writes are counted for all devices and for one', async t => {
  const cgroup = make(t);
  const file = `/var/tmp/lxvirtd-cgroup-test-${process.pid}`;
  const child = await run(
    cgroup,
    `dd if=/dev/zero of=${file} bs=64k count=16 conv=fsync 2>/dev/null; rm ${file}; echo done`,
  );
  await child.closed;
  const blocks = cgroup.block();
  if (blocks === null || blocks.writeBytes === 0n) {
    t.log('the file system of /var/tmp is not on a block device that the kernel accounts for');
    t.true(blocks === null || blocks.readRequests >= 0n);
    return;
  }
  t.true(blocks.writeBytes >= 1n << 20n);
  t.is(cgroup.blocks()?.get('4095:12345'), undefined);
});

const openFiles = (directory: string): string[] =>
  readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      return [];
    }
  });

test('files that stay open tell what is there now, also in a new cgroup of the same name', async t => {
  const files = new KeptFiles(2, 10);
  t.teardown(() => files.close());
  const [directory = ''] = make(t).directories;
  const other = `${directory}/child`;
  const read = (): unknown[] => [
    files.read(directory, 'cgroup.procs'),
    files.read(other, 'cgroup.procs'),
    files.read(other, 'nothing.of.the.kind'),
  ];
  t.deepEqual(read(), ['', null, null]);
  mkdirSync(other);
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  writeFileSync(`${other}/cgroup.procs`, String(child.pid));
  t.deepEqual(read(), ['', `${child.pid}\n`, null]);
  t.truthy(files.read(directory, 'notify_on_release') ?? files.read(directory, 'cgroup.events'), 'no room: not kept');
  t.is(openFiles(directory).length, 2);
  child.kill('SIGKILL');
  await eventually(() => {
    rmdirSync(other);
    return true;
  });
  t.deepEqual(read(), ['', null, null]);
  mkdirSync(other);
  t.deepEqual(read(), ['', '', null]);
  await eventually(() => openFiles(directory).length === 0);
  t.deepEqual(read(), ['', '', null]);
});

const nullDevice: DeviceRule = { kind: 'char', major: 1, minor: 3, access: 'rwm' };
const zeroReadOnly: DeviceRule = { kind: 'char', major: 1, minor: 5, access: 'r' };
const everyMemoryDevice: DeviceRule = { kind: 'char', major: 1, minor: null, access: 'rw' };

/** What a shell in the cgroup may do under these rules: read null, write null, read zero, write zero, read urandom, make a node. */
const deviceRows: readonly [string, readonly (readonly DeviceRule[])[], string][] = [
  ['nothing is allowed', [[]], '- - - - - -'],
  ['one device', [[nullDevice]], 'r w - - - -'],
  ['reading only', [[nullDevice, zeroReadOnly]], 'r w r - - -'],
  ['every minor number', [[everyMemoryDevice]], 'r w r w r -'],
  ['everything', [[{ kind: 'all', major: null, minor: null, access: 'rwm' }]], 'r w r w r m'],
  ['rules that replace others', [[everyMemoryDevice], [nullDevice, zeroReadOnly]], 'r w r - - -'],
  ['rules that narrow others', [[{ ...zeroReadOnly, access: 'rwm' }], [zeroReadOnly, nullDevice]], 'r w r - - -'],
  ['rules that widen others', [[zeroReadOnly], [everyMemoryDevice]], 'r w r w r -'],
];

const devices = test.macro(async (t, steps: readonly (readonly DeviceRule[])[], expected: string) => {
  const cgroup = make(t);
  for (const rules of steps) cgroup.setDevices(rules);
  const node = `/var/tmp/lxvirtd-node-${process.pid}-${t.title.replace(/\W/g, '')}`;
  const child = await run(
    cgroup,
    // the shell's own redirections to /dev/null would be subject to the rules
    `try() { (eval "$1") 2>&- && printf "$2 " || printf -- '- '; }
     try 'exec < /dev/null' r; try 'exec > /dev/null' w; try 'exec < /dev/zero' r; try 'exec > /dev/zero' w
     try 'exec < /dev/urandom' r; try 'mknod ${node} c 1 8' m; rm -f ${node}`,
  );
  await child.closed;
  t.is(child.output().trim(), expected);
});
for (const [name, steps, expected] of deviceRows) test(`devices: ${name}`, devices, steps, expected);

test('the container’s root may make cgroups of its own but not touch its limits', t => {
  const owner = { uid: 100_000, gid: 100_001 };
  const cgroup = createCgroup(hierarchies, {
    parent,
    partition: null,
    uuid: crypto.randomUUID(),
    name: 'idmap',
    owner,
  });
  t.teardown(() => cgroup.remove());
  const handedOver = cgroup.directories.filter(directory => statSync(directory).uid === owner.uid);
  t.true(handedOver.length > 0);
  for (const directory of handedOver) t.is(statSync(`${directory}/cgroup.procs`).gid, owner.gid);
  for (const directory of cgroup.directories)
    for (const file of ['memory.limit_in_bytes', 'memory.max', 'devices.allow', 'cpu.shares', 'cpu.max', 'pids.max'])
      if (existsSync(`${directory}/${file}`)) t.is(statSync(`${directory}/${file}`).uid, 0);
});

test('a controller that the host lacks is named', t => {
  const without = {
    ...hierarchies,
    controllers: new Map([...hierarchies.controllers].filter(([name]) => name !== 'blkio')),
  };
  const cgroup = createCgroup(without, {
    parent,
    partition: null,
    uuid: crypto.randomUUID(),
    name: 'lacking',
    owner: null,
  });
  t.teardown(() => cgroup.remove());
  t.false(cgroup.has('blkio'));
  t.is(cgroup.blkioWeight(), null);
  const error = t.throws(() => cgroup.setBlkioWeight(100), { instanceOf: CgroupUnavailable });
  t.is(error.controller, 'blkio');
});

test('a daemon without a parent of its own cannot remove the host’s cgroups', t => {
  for (const path of ['', '/', '//']) t.throws(() => removeCgroups(hierarchies, path));
});
