import test from 'ava';
import * as fc from 'fast-check';
import { memoryAndSwap, parseBytes, parseCpuMax, sharesToWeight, swapOnly, weightToShares } from './conversions.ts';
import { deviceProgram } from './device-program.ts';
import type { DeviceRule } from './cgroup.ts';
import { figures, type Read } from './figures.ts';
import { detectHierarchies } from './hierarchies.ts';
import { limits } from './limits.ts';
import { cgroupPath, partitionPath, plainName } from './path.ts';
import { parsePressure } from './pressure.ts';

/** Where a real libvirtd 9.0.0 puts containers of these partitions. */
const partitions: readonly [string | null, string][] = [
  [null, '/machine'],
  ['/machine', '/machine'],
  ['/machine/x', '/machine/x.partition'],
  ['/prod/eu', '/prod.partition/eu.partition'],
  ['/prod.partition/eu', '/prod.partition/eu.partition'],
  ['/system/user', '/system/user.partition'],
  ['/my.slice/x', '/my.slice/x.partition'],
  ['/', ''],
  ['//a//b/', '/a.partition/b.partition'],
  ['/..', '/_...partition'],
  ['/../../etc', '/_...partition/_...partition/etc.partition'],
  ['/.hidden/_x', '/_.hidden.partition/__x.partition'],
  ['/cpu.shares', '/_cpu.shares.partition'],
];
for (const [partition, expected] of partitions)
  test(`partition ${partition}`, t => {
    t.is(partitionPath('', partition), expected);
    t.is(partitionPath('/lxvirtd-1', partition), `/lxvirtd-1${expected}`);
  });

test('names keep what a path and a systemd unit can carry', t => {
  t.is(plainName('_we.ird name'), 'we.irdname');
  t.is(plainName('../../etc/passwd'), 'etcpasswd');
  t.is(plainName('häus\n\x1b[1m'), 'hus1m');
  t.is(plainName('漢字'), '');
});

test('whatever the names are, a container’s path stays where it belongs and is its own', t => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('..', '.', '/', 'tasks', '_', 'cgroup.procs'),
  );
  const uuid = fc.uuid();
  fc.assert(
    fc.property(text, text, uuid, uuid, (name, partition, uuid, other) => {
      const path = cgroupPath({ parent: '/p', partition: `/${partition}`, uuid, name });
      const components = path.split('/').slice(1);
      t.is(components[0], 'p');
      t.true(components.every(component => component !== '' && component !== '.' && component !== '..'));
      t.true(components.every(component => !/^(cgroup\.|cpuset\.|tasks$|release_agent$)/.test(component)));
      t.regex(components.at(-1) ?? '', /^lxc-[0-9a-f]{12}-[\w.-]*\.libvirt-lxc$/);
      t.true((components.at(-1) ?? '').length < 80);
      if (uuid.slice(0, 13) !== other.slice(0, 13))
        t.not(cgroupPath({ parent: '/p', partition: `/${partition}`, uuid: other, name }), path);
    }),
  );
});

test('shares and weights keep their proportions within what the kernel takes', t => {
  t.is(sharesToWeight(1024n), 100n);
  t.is(weightToShares(100n), 1024n);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.bigInt({ min: 0n, max: 2n ** 64n }), (one, other) => {
      const weight = sharesToWeight(one);
      t.true(weight >= 1n && weight <= 10000n);
      t.true(one <= other ? weight <= sharesToWeight(other) : weight >= sharesToWeight(other));
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10000n }), weight => t.is(sharesToWeight(weightToShares(weight)), weight)),
  );
});

test('memory and swap together are what their parts add up to', t => {
  const limit = fc.option(fc.bigInt({ min: 0n, max: 2n ** 50n }), { nil: null });
  fc.assert(
    fc.property(limit, limit, (memory, together) => {
      const swap = swapOnly(memory, together);
      if (together === null) t.is(swap, null);
      else if (memory !== null && memory <= together) t.is(memoryAndSwap(memory, swap), together);
      else t.is(swap, 0n);
    }),
  );
});

test('limits come back as they are written, in either interface', t => {
  const bytes = fc.option(fc.bigInt({ min: 0n, max: 2n ** 61n }), { nil: null });
  fc.assert(
    fc.property(bytes, bytes => {
      for (const version of ['v1', 'v2'] as const)
        t.is(limits.memory[version].parse(limits.memory[version].format(bytes, '')), bytes);
    }),
  );
  const period = fc.bigInt({ min: 1000n, max: 1000000n });
  fc.assert(
    fc.property(fc.option(period, { nil: null }), period, (quota, period) => {
      const withQuota = limits.cpuQuota.v2.format(quota, 'max 100000');
      t.deepEqual(parseCpuMax(limits.cpuPeriod.v2.format(period, withQuota)), { quota, period });
    }),
  );
});

for (const [text, expected] of [
  ['max\n', null],
  ['-1\n', null],
  ['9223372036854771712\n', null],
  ['9223372036854710272\n', null],
  ['67108864\n', 67108864n],
  ['0\n', 0n],
] as const)
  test(`the kernel’s "${text.trim()}" is ${expected ?? 'no limit'}`, t => t.is(parseBytes(text), expected));

const reader =
  (files: Record<string, string>): Read =>
  file =>
    files[file] ?? null;

test('I/O is read from either interface, device by device', t => {
  const expected = { readRequests: 2n, readBytes: 8192n, writeRequests: 1n, writeBytes: 4096n };
  const v1 = figures.blocks.v1(
    reader({
      'blkio.throttle.io_service_bytes_recursive':
        '8:0 Read 8192\n8:0 Write 4096\n8:0 Sync 12288\n8:0 Total 12288\nTotal 12288\n',
      'blkio.throttle.io_serviced_recursive': '8:0 Read 2\n8:0 Write 1\n8:0 Total 3\nTotal 3\n',
    }),
  );
  const v2 = figures.blocks.v2(
    reader({ 'io.stat': '8:0 rbytes=8192 wbytes=4096 rios=2 wios=1 dbytes=0 dios=0\n254:0 \n' }),
  );
  t.deepEqual(v1?.get('8:0'), expected);
  t.deepEqual(v2?.get('8:0'), expected);
  t.is(figures.blocks.v1(reader({})), null);
  t.is(figures.blocks.v2(reader({})), null);
});

test('times are nanoseconds in either interface', t => {
  const v1 = reader({
    'cpuacct.usage': '123456789\n',
    'cpuacct.stat': 'user 40\nsystem 6\n',
    'cpuacct.usage_percpu': '100 23 \n',
  });
  const v2 = reader({ 'cpu.stat': 'usage_usec 123456\nuser_usec 400000\nsystem_usec 60000\nnr_periods 0\n' });
  t.is(figures.cpuTime.v1(v1), 123456789n);
  t.is(figures.cpuTime.v2(v2), 123456000n);
  t.deepEqual(figures.cpu.v1(v1), { total: 123n, user: 400000000n, system: 60000000n, each: [100n, 23n] });
  t.deepEqual(figures.cpu.v2(v2), { total: 123456000n, user: 400000000n, system: 60000000n, each: null });
  t.deepEqual([figures.cpu.v1(reader({})), figures.cpu.v2(reader({}))], [null, null]);
});

test('what memory is used for is read from either interface, with the cgroups below', t => {
  const v1 = {
    'memory.usage_in_bytes': '9000\n',
    'memory.stat': `cache 1\nshmem 1\npgfault 1\npgmajfault 1\nhierarchical_memory_limit 65536
total_cache 5000\ntotal_shmem 1000\ntotal_pgfault 50\ntotal_pgmajfault 7\n`,
  };
  const v2 = {
    'memory.current': '9000\n',
    'memory.max': '65536\n',
    'memory.stat': 'anon 4000\nfile 5000\nshmem 1000\npgfault 50\npgmajfault 7\n',
  };
  const expected = { usage: 9000n, limit: 65536n, caches: 4000n, majorFaults: 7n, minorFaults: 43n };
  t.deepEqual(figures.memoryUse.v1(reader(v1)), expected);
  t.deepEqual(figures.memoryUse.v2(reader(v2)), expected);
  const unlimited = v1['memory.stat'].replace('limit 65536', 'limit 9223372036854771712');
  t.is(figures.memoryUse.v1(reader({ ...v1, 'memory.stat': unlimited }))?.limit, null);
  t.is(figures.memoryUse.v2(reader({ ...v2, 'memory.max': 'max\n' }))?.limit, null);
});

test('pressure is per cent of late, and nanoseconds in all', t => {
  const some = 'some avg10=1.25 avg60=0.30 avg300=0.05 total=123456\n';
  const full = 'full avg10=0.50 avg60=0.00 avg300=0.00 total=7\n';
  t.deepEqual(parsePressure(some + full), {
    some: { recent: 1.25, total: 123456000n },
    full: { recent: 0.5, total: 7000n },
  });
  t.deepEqual(parsePressure(some).full, { recent: 0, total: 0n });
});

/** Mount tables, and where each controller is found then. */
const tables: readonly [string, string, object][] = [
  [
    'v1 with controllers mounted together',
    `30 22 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs rw
31 30 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
32 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 30 0:30 / /sys/fs/cgroup/with\\040space rw shared:4 - cgroup cgroup rw,memory
34 30 0:31 / /elsewhere rw - cgroup cgroup rw,memory
`,
    {
      layout: 'v1',
      systemd: '/sys/fs/cgroup/systemd',
      unified: null,
      v1: ['/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup/with space', '/sys/fs/cgroup/systemd'],
      unifiedControllers: [],
    },
  ],
  ['nothing', '22 1 0:5 / / rw - ext4 /dev/vda rw\n', { layout: 'v1', v1: [], unified: null, systemd: null }],
  [
    'v2 alone',
    '30 22 0:27 / /nonexistent/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n',
    { layout: 'v2', v1: [], unified: '/nonexistent/cgroup', systemd: null },
  ],
];
for (const [name, table, expected] of tables) test(`mounts: ${name}`, t => t.like(detectHierarchies(table), expected));

test('this host has a hierarchy for what containers cannot do without', t => {
  const { controllers } = detectHierarchies();
  for (const controller of ['cpuacct', 'devices', 'freezer'] as const) t.true(controllers.has(controller), controller);
});

/** Runs a device program as the kernel does: the few instructions that it is made of. */
function allows(program: Buffer, kind: number, access: number, major: number, minor: number): boolean {
  const context = [kind | (access << 16), major, minor];
  const registers = Array.from({ length: 11 }, () => 0);
  for (let at = 0; at < program.length / 8; at++) {
    const op = program.readUInt8(8 * at);
    const to = program.readUInt8(8 * at + 1) & 15;
    const from = program.readUInt8(8 * at + 1) >> 4;
    const offset = program.readInt16LE(8 * at + 2);
    const number = program.readInt32LE(8 * at + 4);
    const value = registers[to] ?? 0;
    if (op === 0x61) registers[to] = context[offset / 4] ?? 0;
    else if (op === 0xbf) registers[to] = registers[from] ?? 0;
    else if (op === 0xb7) registers[to] = number;
    else if (op === 0x54) registers[to] = value & number;
    else if (op === 0x74) registers[to] = value >>> number;
    else if (op === 0x55) at += value === number ? 0 : offset;
    else if (op === 0x95) return registers[0] === 1;
    else throw new Error(`unknown instruction ${op}`);
  }
  throw new Error('the program runs past its end');
}

test('a device program allows what its rules allow and nothing else', t => {
  const rule: fc.Arbitrary<DeviceRule> = fc.record({
    kind: fc.constantFrom('char', 'block', 'all'),
    major: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
    minor: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
    access: fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'),
  });
  const small = fc.integer({ min: 0, max: 3 });
  const access = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 12 }),
      fc.boolean(),
      access,
      small,
      small,
      (rules, block, access, major, minor) => {
        const expected = rules.some(
          rule =>
            (rule.kind === 'all' || (rule.kind === 'block') === block) &&
            (rule.major ?? major) === major &&
            (rule.minor ?? minor) === minor &&
            (
              [
                ['m', 1],
                ['r', 2],
                ['w', 4],
              ] as const
            ).every(([letter, bit]) => (access & bit) === 0 || rule.access.includes(letter)),
        );
        t.is(allows(deviceProgram(rules), block ? 1 : 2, access, major, minor), expected);
      },
    ),
  );
});
