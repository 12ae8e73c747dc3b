import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import type { NodeOperations } from '../../contract/node.ts';
import { HostFiles, parseNumberList } from './host-files.ts';
import { hostName } from './hostname.ts';
import { nodeOperations } from './node.ts';
import { systemPageSize } from './pages.ts';
import { parseDmidecode } from './sysinfo.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const hostUuid = 'c047b461-d9e2-4fdc-b75e-22d56d2385b8';
const here = nodeOperations({ hostUuid, log });

/** A directory with files of another host. */
function hostRoot(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'lxvirtd-node-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

const host = (t: ExecutionContext, files: Readonly<Record<string, string>>): NodeOperations =>
  nodeOperations({ hostUuid, log, files: new HostFiles(hostRoot(t, files)) });

const cpuDirectory = '/sys/devices/system/cpu';
const nodeDirectory = '/sys/devices/system/node';

/** Two cells of one socket, each of two cores with two threads; the last CPU is off. 1 GiB and 2 GiB of memory. */
const twoCells = (): Record<string, string> => {
  const files: Record<string, string> = {
    [`${cpuDirectory}/present`]: '0-7',
    [`${cpuDirectory}/online`]: '0-6',
    '/proc/cpuinfo': 'processor\t: 0\ncpu MHz\t\t: 2399.998\n',
    '/proc/stat': 'cpu  10 1 5 1000 7 2 3 0 0 0\ncpu0 4 0 2 500 3 1 1 0 0 0\ncpu6 6 1 3 500 4 1 2 0 0 0',
    '/proc/meminfo': 'MemTotal: 3145728 kB\nMemFree: 500 kB\nBuffers: 20 kB\nCached: 30 kB',
    '/sys/power/state': 'freeze mem disk',
    '/sys/power/disk': '[platform] shutdown reboot suspend',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '8',
    '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': '5',
    '/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages': '0',
    '/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages': '0',
    '/sys/kernel/iommu_groups/0/type': 'DMA',
    '/sys/kernel/mm/ksm/pages_to_scan': '100',
    '/sys/kernel/mm/ksm/full_scans': '3',
  };
  for (const cell of [0, 1]) {
    const node = `${nodeDirectory}/node${cell}`;
    files[`${node}/cpulist`] = cell === 0 ? '0-3' : '4-6';
    files[`${node}/distance`] = cell === 0 ? '10 21' : '21 10';
    files[`${node}/meminfo`] =
      `Node ${cell} MemTotal: ${(cell + 1) * 1048576} kB\nNode ${cell} MemFree: ${cell * 400 + 100} kB`;
    for (const size of [2048, 1048576]) {
      files[`${node}/hugepages/hugepages-${size}kB/nr_hugepages`] = size === 2048 ? '4' : '0';
      files[`${node}/hugepages/hugepages-${size}kB/free_hugepages`] = size === 2048 ? String(cell + 2) : '0';
    }
  }
  for (let cpu = 0; cpu < 7; cpu++) {
    const topology = `${cpuDirectory}/cpu${cpu}/topology`;
    files[`${topology}/physical_package_id`] = String(cpu >> 2);
    files[`${topology}/die_id`] = '0';
    files[`${topology}/core_id`] = String((cpu >> 1) & 1);
    files[`${topology}/thread_siblings_list`] = cpu === 6 ? '6' : `${cpu & ~1}-${cpu | 1}`;
    for (const [index, level, type, size] of [
      [0, 1, 'Data', '32K'],
      [3, 3, 'Unified', '8192K'],
    ] as const) {
      const cache = `${cpuDirectory}/cpu${cpu}/cache/index${index}`;
      files[`${cache}/id`] = String(level === 3 ? cpu >> 2 : cpu);
      files[`${cache}/level`] = String(level);
      files[`${cache}/type`] = type;
      files[`${cache}/size`] = size;
      files[`${cache}/shared_cpu_list`] = cpu < 4 ? '0-3' : '4-6';
    }
  }
  return files;
};

test('a host of two cells is described as it is', async t => {
  const node = host(t, twoCells());
  t.deepEqual(node.nodeGetInfo(), {
    model: node.nodeGetInfo().model,
    memory: 3145728n,
    cpus: 7,
    mhz: 2399,
    nodes: 2,
    sockets: 1,
    cores: 2,
    threads: 2,
  });
  t.deepEqual(node.nodeGetCpuMap(0), { cpus: 8, map: new Uint8Array([0x7f]), online: 7 });
  t.deepEqual(node.nodeGetCellsFreeMemory(0, 5), [102400n, 512000n]);
  t.deepEqual(node.nodeGetCellsFreeMemory(1, 1), [512000n]);
  t.is(node.nodeGetFreeMemory(), 614400n);
  t.deepEqual(node.nodeGetFreePages([2048, systemPageSize], 0, 2, 0), [
    2n,
    100n / BigInt(systemPageSize),
    3n,
    500n / BigInt(systemPageSize),
  ]);
  t.deepEqual(node.nodeGetFreePages([2048], -1, 1, 0), [5n]);
  t.deepEqual(node.nodeGetMemoryStats(1, 0), [
    { field: 'total', value: 2097152n },
    { field: 'free', value: 500n },
  ]);
  t.deepEqual(node.nodeGetMemoryParameters(0), [
    { field: 'shm_pages_to_scan', type: 'uint', value: 100 },
    { field: 'shm_full_scans', type: 'ullong', value: 3n },
  ]);
  const capabilities = await node.connectGetCapabilities();
  for (const part of [
    `<uuid>${hostUuid}</uuid>`,
    "<pages unit='KiB' size='1048576'/>",
    '<suspend_mem/>\n      <suspend_disk/>\n      <suspend_hybrid/>',
    "<iommu support='yes'/>",
    "<cells num='2'>",
    "<sibling id='1' value='21'/>",
    "<cpu id='6' socket_id='1' die_id='0' core_id='1' siblings='6'/>",
    "<bank id='0' level='3' type='both' size='8' unit='MiB' cpus='0-3'/>",
    "<pages unit='KiB' size='2048'>4</pages>",
    `<pages unit='KiB' size='${systemPageSize}'>${(1048576 - 8192) / systemPageSize}</pages>`,
  ])
    t.true(capabilities.includes(part), part);
  t.false(capabilities.includes("level='1'"));
});

const times = (kernel: bigint, user: bigint, idle: bigint, iowait: bigint): object[] =>
  Object.entries({ kernel, user, idle, iowait }).map(([field, ticks]) => ({ field, value: ticks * 10_000_000n }));

test('CPU times are nanoseconds', t => {
  const node = host(t, twoCells());
  t.deepEqual(node.nodeGetCpuStats(-1, 0), times(10n, 11n, 1000n, 7n));
  t.deepEqual(node.nodeGetCpuStats(6, 0), times(6n, 7n, 500n, 4n));
});

test('a host without cells has one', t => {
  const node = host(t, {
    [`${cpuDirectory}/present`]: '0-2',
    '/proc/meminfo': 'MemTotal: 1000 kB\nMemFree: 400 kB\nBuffers: 1 kB\nCached: 2 kB',
  });
  t.like(node.nodeGetInfo(), { memory: 1000n, cpus: 3, mhz: 0, nodes: 1, sockets: 1, cores: 3, threads: 1 });
  t.deepEqual(node.nodeGetCellsFreeMemory(0, 1), [409600n]);
  t.deepEqual(node.nodeGetMemoryParameters(0), []);
});

test('pools of huge pages are set and added to, cell by cell', async t => {
  const root = hostRoot(t, twoCells());
  const node = nodeOperations({ hostUuid, log, files: new HostFiles(root) });
  const pool = (cell: number): string =>
    readFileSync(join(root, nodeDirectory, `node${cell}/hugepages/hugepages-2048kB/nr_hugepages`), 'utf8').trim();
  t.is(await node.nodeAllocPages([{ size: 2048, count: 3n }], 0, 2, 0), 2);
  t.deepEqual([pool(0), pool(1)], ['7', '7']);
  t.is(await node.nodeAllocPages([{ size: 2048, count: 9n }], 1, 4, 1), 1);
  t.deepEqual([pool(0), pool(1)], ['7', '9']);
});

/** Answers of a real libvirtd 9.0.0: code and domain of the error, text. */
const refusals: readonly [string, (node: NodeOperations) => unknown, ErrorCode, ErrorDomain, string][] = [
  [
    'a CPU that there is not',
    node => node.nodeGetCpuStats(4096, 0),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'Invalid cpuNum in virHostCPUGetStatsLinux',
  ],
  [
    'flags of CPU times',
    node => node.nodeGetCpuStats(0, 1),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'unsupported flags (0x1) in function virHostCPUGetStats',
  ],
  [
    'a cell that there is not',
    node => node.nodeGetMemoryStats(2, 0),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'cellNum in virHostMemGetStats must be less than or equal to 1',
  ],
  [
    'flags of memory',
    node => node.nodeGetMemoryStats(0, 1),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'unsupported flags (0x1) in function virHostMemGetStats',
  ],
  [
    'free memory beyond the cells',
    node => node.nodeGetCellsFreeMemory(2, 1),
    ErrorCode.INTERNAL_ERROR,
    ErrorDomain.NONE,
    'internal error: start cell 2 out of range (0-1)',
  ],
  [
    'flags of the CPU map',
    node => node.nodeGetCpuMap(1),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'unsupported flags (0x1) in function virHostCPUGetMap',
  ],
  [
    'a page size that there is not',
    node => node.nodeGetFreePages([7], 0, 1, 0),
    ErrorCode.OPERATION_FAILED,
    ErrorDomain.NONE,
    'operation failed: page size 7 is not available on node 0',
  ],
  [
    'the same of all cells',
    node => node.nodeGetFreePages([7], -1, 1, 0),
    ErrorCode.OPERATION_FAILED,
    ErrorDomain.NONE,
    'operation failed: page size 7 is not available',
  ],
  [
    'flags of free pages',
    node => node.nodeGetFreePages([4], 0, 1, 1),
    ErrorCode.INVALID_ARG,
    ErrorDomain.LXC,
    'unsupported flags (0x1) in function lxcNodeGetFreePages',
  ],
  [
    'pages that are not huge',
    node => node.nodeAllocPages([{ size: systemPageSize, count: 1n }], 0, 1, 0),
    ErrorCode.OPERATION_UNSUPPORTED,
    ErrorDomain.NONE,
    "Operation not supported: system pages pool can't be modified",
  ],
  [
    'flags of pools',
    node => node.nodeAllocPages([], 0, 1, 2),
    ErrorCode.INVALID_ARG,
    ErrorDomain.LXC,
    'unsupported flags (0x2) in function lxcNodeAllocPages',
  ],
  [
    'flags of merging',
    node => node.nodeGetMemoryParameters(8),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'unsupported flags (0x8) in function virHostMemGetParameters',
  ],
  [
    'a counter of merging',
    node => node.nodeSetMemoryParameters([{ field: 'shm_full_scans', type: 'ullong', value: 1n }], 0),
    ErrorCode.ARGUMENT_UNSUPPORTED,
    ErrorDomain.NONE,
    "argument unsupported: parameter 'shm_full_scans' not supported",
  ],
  [
    'a suspend target that there is not',
    node => node.nodeSuspendForDuration(3, 100n, 0),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'invalid argument: Invalid suspend target',
  ],
  [
    'a sleep too short',
    node => node.nodeSuspendForDuration(0, 59n, 0),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'invalid argument: Suspend duration is too short',
  ],
  [
    'flags of sleep',
    node => node.nodeSuspendForDuration(0, 100n, 1),
    ErrorCode.INVALID_ARG,
    ErrorDomain.NONE,
    'unsupported flags (0x1) in function virNodeSuspend',
  ],
  [
    'flags of the firmware',
    node => node.connectGetSysinfo(1),
    ErrorCode.INVALID_ARG,
    ErrorDomain.LXC,
    'unsupported flags (0x1) in function lxcConnectGetSysinfo',
  ],
];
for (const [name, call, code, domain, message] of refusals)
  test(`refused: ${name}`, async t => {
    const node = host(t, twoCells());
    const error = await t.throwsAsync(async () => await call(node), { instanceOf: LibvirtError });
    t.deepEqual([error.code, error.domain, error.message], [code, domain, message]);
  });

test('a host that cannot sleep says so', async t => {
  const node = host(t, {});
  for (const [target, name] of [
    [0, 'Suspend-to-RAM'],
    [1, 'Suspend-to-Disk'],
    [2, 'Hybrid-Suspend'],
  ] as const)
    await t.throwsAsync(node.nodeSuspendForDuration(target, 100n, 0), {
      code: ErrorCode.ARGUMENT_UNSUPPORTED,
      message: `argument unsupported: ${name}`,
    });
});

test('this host is described', async t => {
  const { cpus, memory, nodes, sockets, cores, threads } = here.nodeGetInfo();
  t.is(cpus, Number(execFileSync('nproc', ['--all'], { encoding: 'utf8' })));
  t.true(memory > 0n && nodes * sockets * cores * threads >= cpus);
  t.is(here.connectGetHostname().split('.')[0], execFileSync('hostname', { encoding: 'utf8' }).trim().split('.')[0]);
  t.deepEqual(here.nodeGetSecurityModel(), { model: 'none', doi: '0' });
  t.regex(await here.connectGetCapabilities(), /^<capabilities>\n\n {2}<host>\n/);
  t.is(here.nodeGetCpuStats(-1, 0).length, 4);
});

test('the host’s name has its domain where the hosts file gives it one', t => {
  const hosts = '127.0.0.1 localhost short\n127.0.1.1 here.example.org here # comment there';
  const files = new HostFiles(hostRoot(t, { '/etc/hosts': hosts }));
  t.is(hostName(files, 'here'), 'here.example.org');
  t.is(hostName(files, 'short'), 'short');
  t.is(hostName(files, 'there'), 'there');
  t.is(hostName(files, 'full.example.org'), 'full.example.org');
});

test('firmware is read as dmidecode prints it', t => {
  const facts = parseDmidecode(`BIOS Information
\tVendor: SeaBIOS
\tVersion: 1.16.2-debian-1.16.2-1
\tRelease Date: 04/01/2014
\tCharacteristics:
\t\tBIOS characteristics not supported

System Information
\tManufacturer: QEMU
\tProduct Name: Standard PC: Q35
\tSKU Number:

Processor Information
\tSocket Designation: CPU 0
\tFlags:
\t\tFPU (Floating-point unit on-chip)

Memory Device
\tSize: 2 GB
\tLocator: DIMM 0

Memory Device
\tSize: No Module Installed

OEM Strings
\tString 1: one: two
\tString 2: three
`);
  t.like(facts.bios, { vendor: 'SeaBIOS', date: '04/01/2014', release: null });
  t.like(facts.system, { product: 'Standard PC: Q35', sku: null });
  t.like(facts.processors, [{ socket_destination: 'CPU 0' }]);
  t.deepEqual(
    facts.memoryDevices.map(({ size }) => size),
    ['2 GB'],
  );
  t.deepEqual(facts.oemStrings, ['one: two', 'three']);
  t.deepEqual(facts.baseBoards, []);
  t.is(facts.chassis, null);
});

for (const [text, expected] of [
  ['0-3,8', [0, 1, 2, 3, 8]],
  ['5', [5]],
  ['', []],
] as const)
  test(`the list "${text}"`, t => t.deepEqual(parseNumberList(text), expected));
