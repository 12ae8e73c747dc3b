import test from 'ava';
import { LibvirtError } from '../../drivers/contract/error.ts';
import type { HypervisorDriver } from '../../drivers/contract/hypervisor.ts';
import type { DomainRef } from '../../drivers/contract/domain.ts';
import { Writer } from '../../protocol/xdr/index.ts';
import type { ProcedureTable } from '../../protocol/procedure.ts';
import { isEvent } from '../../protocol/procedure.ts';
import { remote } from '../../protocol/programs/remote.ts';
import { eventRouters } from '../events/event-routers.ts';
import { Logs } from '../logging/logs.ts';
import { MemoryDriver } from '../testing/memory-driver.ts';
import { TestCall, TestClient } from '../testing/test-client.ts';
import { lxcHandlers } from './lxc.ts';
import { remoteHandlers } from './remote.ts';

const rows: ProcedureTable = remote.procedures;
const log = new Logs('test', { priority: 4, filters: [], outputs: [] }).logger('test');

const handlersOf = (driver: HypervisorDriver) =>
  remoteHandlers({ hypervisor: driver }, eventRouters({ hypervisor: driver }, log));

function setUp() {
  const driver = new MemoryDriver();
  const client = new TestClient();
  const handlers = handlersOf(driver);
  const call = (name: string, args?: unknown, files: readonly number[] = []): unknown => {
    const handler: unknown = Reflect.get(handlers, name);
    if (typeof handler !== 'function') throw new Error(`No handler for ${name}`);
    return handler(new TestCall(client, files), args);
  };
  return { driver, client, handlers, call };
}

const uuid = '11111111-2222-3333-4444-555555555555';
const dom: DomainRef = { name: 'x', uuid, id: -1 };
const document = `<domain><name>x</name><uuid>${uuid}</uuid></domain>`;

async function withDomain(running: boolean) {
  const parts = setUp();
  await parts.driver.domainDefineXmlFlags(document);
  if (running) await parts.driver.domainCreateWithFlags(parts.client, dom, [], 0);
  return parts;
}

const fail = async (action: () => unknown): Promise<LibvirtError> => {
  try {
    await action();
  } catch (error) {
    if (error instanceof LibvirtError) return error;
    throw error;
  }
  throw new Error('The call succeeded');
};

/** Result of a call, which must also fit the schema of its reply. */
const replies = test.macro(async (t, name: string, args: unknown, expected: unknown) => {
  const { call } = await withDomain(true);
  const result = await call(name, args);
  t.deepEqual(result, expected);
  const row = rows[name];
  if (row === undefined || isEvent(row)) throw new Error(`${name} is no call`);
  t.notThrows(() => row.ret?.encode(new Writer(), result));
});

const param = (field: string, type: string, value: unknown): unknown => ({ field, type, value });
const hardLimit = param('hard_limit', 'ullong', 1n);
const softLimit = param('soft_limit', 'ullong', 2n);
const swapLimit = param('swap_hard_limit', 'ullong', 3n);
const cpuShares = param('cpu_shares', 'ullong', 1024n);
const cpu = (at: bigint): unknown => param('cpu_time', 'ullong', at);
const counters = (...names: string[]): unknown => names.map((field, at) => ({ field, value: BigInt(at) }));

for (const [name, args, expected] of [
  ['connectGetType', undefined, { type: 'LXC' }],
  ['connectGetVersion', undefined, { hvVer: 6_018_000n }],
  ['connectGetLibVersion', undefined, { libVer: 9_000_000n }],
  ['connectIsSecure', undefined, { secure: 1 }],
  ['connectGetHostname', undefined, { hostname: 'host' }],
  ['connectGetUri', undefined, { uri: 'lxc:///system' }],
  ['connectRegisterCloseCallback', undefined, undefined],
  ['connectUnregisterCloseCallback', undefined, undefined],
  ['connectListDomains', { maxids: 5 }, { ids: [101] }],
  ['connectListDomains', { maxids: 0 }, { ids: [] }],
  ['connectNumOfDomains', undefined, { num: 1 }],
  ['connectListDefinedDomains', { maxnames: 5 }, { names: [] }],
  ['connectListAllDomains', { needResults: 0, flags: 0 }, { domains: [], ret: 1 }],
  ['connectListAllDomains', { needResults: 1, flags: 0 }, { domains: [{ ...dom, id: 101 }], ret: 1 }],
  [
    'connectGetAllDomainStats',
    { doms: [], stats: 3, flags: 0 },
    { retStats: [{ dom: { ...dom, id: 101 }, params: [param('state.state', 'int', 3)] }] },
  ],
  [
    'connectGetAllDomainStats',
    { doms: [dom], stats: 0, flags: 0 },
    { retStats: [{ dom, params: [param('state.state', 'int', 0)] }] },
  ],
  ['domainLookupById', { id: 101 }, { dom: { ...dom, id: 101 } }],
  ['domainLookupByUuid', { uuid }, { dom: { ...dom, id: 101 } }],
  ['domainLookupByName', { name: 'x' }, { dom: { ...dom, id: 101 } }],
  ['domainGetXmlDesc', { dom, flags: 0 }, { xml: document }],
  ['domainGetInfo', { dom }, { state: 1, maxMem: 65_536n, memory: 5n, nrVirtCpu: 1, cpuTime: 2n ** 40n }],
  ['domainGetState', { dom, flags: 0 }, { state: 1, reason: 1 }],
  ['domainGetOsType', { dom }, { type: 'exe' }],
  ['domainIsActive', { dom }, { active: 1 }],
  ['domainIsPersistent', { dom }, { persistent: 1 }],
  ['domainIsUpdated', { dom }, { updated: 0 }],
  ['domainHasManagedSaveImage', { dom, flags: 0 }, { result: 0 }],
  ['domainGetAutostart', { dom }, { autostart: 0 }],
  ['domainGetHostname', { dom, flags: 0 }, { hostname: 'x' }],
  ['domainGetSecurityLabel', { dom }, { label: 'label', enforcing: 1 }],
  ['domainGetMaxMemory', { dom }, { memory: 65_536n }],
  ['domainGetMemoryParameters', { dom, nparams: 0, flags: 0 }, { params: [], nparams: 3 }],
  ['domainGetMemoryParameters', { dom, nparams: 1, flags: 0 }, { params: [hardLimit], nparams: 0 }],
  [
    'domainGetMemoryParameters',
    { dom, nparams: 16, flags: 4 },
    { params: [hardLimit, softLimit, swapLimit], nparams: 0 },
  ],
  ['domainGetBlkioParameters', { dom, nparams: 0, flags: 0 }, { params: [], nparams: 2 }],
  ['domainGetBlkioParameters', { dom, nparams: 2, flags: 0 }, { params: [param('weight', 'uint', 100)], nparams: 0 }],
  [
    'domainGetBlkioParameters',
    { dom, nparams: 2, flags: 4 },
    { params: [param('weight', 'uint', 100), param('device_weight', 'string', '')], nparams: 0 },
  ],
  ['domainGetSchedulerType', { dom }, { type: 'posix', nparams: 3 }],
  ['domainGetSchedulerParameters', { dom, nparams: 1 }, { params: [cpuShares] }],
  ['domainGetSchedulerParametersFlags', { dom, nparams: 1, flags: 0 }, { params: [cpuShares] }],
  ['domainGetCpuStats', { dom, nparams: 0, startCpu: 0, ncpus: 0, flags: 0 }, { params: [], nparams: 2 }],
  ['domainGetCpuStats', { dom, nparams: 0, startCpu: -1, ncpus: 1, flags: 0 }, { params: [], nparams: 3 }],
  ['domainGetCpuStats', { dom, nparams: 0, startCpu: 0, ncpus: 5, flags: 0 }, { params: [], nparams: 1 }],
  ['domainGetCpuStats', { dom, nparams: 1, startCpu: -1, ncpus: 1, flags: 0 }, { params: [cpu(9n)], nparams: 1 }],
  [
    'domainGetCpuStats',
    { dom, nparams: 2, startCpu: 0, ncpus: 5, flags: 0 },
    { params: [cpu(0n), cpu(1n)], nparams: 1 },
  ],
  ['domainGetCpuStats', { dom, nparams: 1, startCpu: 1, ncpus: 1, flags: 4 }, { params: [cpu(1n)], nparams: 1 }],
  ['domainMemoryStats', { dom, maxStats: 0, flags: 0 }, { stats: [] }],
  [
    'domainMemoryStats',
    { dom, maxStats: 2, flags: 0 },
    {
      stats: [
        { tag: 6, val: 6n },
        { tag: 0, val: 0n },
      ],
    },
  ],
  ['domainBlockStats', { dom, path: '' }, { rdReq: 1n, rdBytes: 2n, wrReq: 3n, wrBytes: 4n, errs: -1n }],
  ['domainBlockStatsFlags', { dom, path: '', nparams: 0, flags: 0 }, { params: [], nparams: 2 }],
  [
    'domainBlockStatsFlags',
    { dom, path: '', nparams: 1, flags: 0 },
    { params: [param('wr_bytes', 'llong', 4n)], nparams: 0 },
  ],
  [
    'domainInterfaceStats',
    { dom, device: 'vnet0' },
    { rxBytes: 1n, rxPackets: 2n, rxErrs: 3n, rxDrop: 4n, txBytes: 5n, txPackets: 6n, txErrs: 7n, txDrop: 8n },
  ],
  [
    'domainInterfaceAddresses',
    { dom, source: 0, flags: 0 },
    {
      ifaces: [
        {
          name: 'vnet0',
          hwaddr: '52:54:00:00:00:01',
          addrs: [
            { type: 0, addr: '192.0.2.1', prefix: 24 },
            { type: 1, addr: '2001:db8::1', prefix: 64 },
          ],
        },
      ],
    },
  ],
  [
    'nodeGetInfo',
    undefined,
    { model: 'x86_64', memory: 4096n, cpus: 2, mhz: 0, nodes: 1, sockets: 1, cores: 2, threads: 1 },
  ],
  ['nodeGetCpuStats', { cpuNum: -1, nparams: 0, flags: 0 }, { params: [], nparams: 4 }],
  [
    'nodeGetCpuStats',
    { cpuNum: -1, nparams: 4, flags: 0 },
    { params: counters('kernel', 'user', 'idle', 'iowait'), nparams: 0 },
  ],
  [
    'nodeGetMemoryStats',
    { cellNum: -1, nparams: 4, flags: 0 },
    { params: counters('total', 'free', 'buffers', 'cached'), nparams: 0 },
  ],
  ['nodeGetCellsFreeMemory', { startCell: 0, maxcells: 1024 }, { cells: [1n] }],
  ['nodeGetFreeMemory', undefined, { freeMem: 1n }],
  ['nodeGetSecurityModel', undefined, { model: 'none', doi: '0' }],
  ['nodeGetCpuMap', { needMap: 0, needOnline: 0, flags: 0 }, { cpumap: Buffer.alloc(0), online: 0, ret: 2 }],
  ['nodeGetCpuMap', { needMap: 1, needOnline: 1, flags: 0 }, { cpumap: Buffer.of(3), online: 2, ret: 2 }],
  ['nodeGetMemoryParameters', { nparams: 0, flags: 0 }, { params: [], nparams: 2 }],
  ['nodeGetFreePages', { pages: [4], startCell: -1, cellCount: 1, flags: 0 }, { counts: [4n] }],
  ['nodeAllocPages', { pageSizes: [2048], pageCounts: [1n], startCell: 0, cellCount: 1, flags: 0 }, { ret: 1 }],
  [
    'connectSetIdentity',
    { params: [param('user-name', 'string', 'x'), param('unix-user-id', 'ullong', 0n)], flags: 0 },
    undefined,
  ],
] as const)
  test(
    `${name} ${JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))} answers`,
    replies,
    name,
    args,
    expected,
  );

for (const [name, args, code, domain, text] of [
  ['connectListDomains', { maxids: -1 }, 39, 7, 'maxids must be non-negative'],
  ['connectListDomains', { maxids: 16_385 }, 39, 7, 'maxids > REMOTE_DOMAIN_LIST_MAX'],
  ['connectListDefinedDomains', { maxnames: 16_385 }, 39, 7, 'maxnames > REMOTE_DOMAIN_LIST_MAX'],
  ['domainLookupById', { id: -1 }, 8, 20, 'id in virDomainLookupByID must be zero or greater'],
  ['domainLookupByName', { name: 'y' }, 42, 17, "Domain not found: no domain with matching name 'y'"],
  ['domainSetMaxMemory', { dom, memory: 0n }, 8, 20, 'memory in virDomainSetMaxMemory must not be zero'],
  ['domainSetMemory', { dom, memory: 0n }, 8, 20, 'memory in virDomainSetMemory must not be zero'],
  ['domainSetMemoryFlags', { dom, memory: 0n, flags: 0 }, 8, 20, 'memory in virDomainSetMemoryFlags must not be zero'],
  [
    'domainSetMemoryParameters',
    { dom, params: [], flags: 0 },
    8,
    20,
    'params in virDomainSetMemoryParameters must not be NULL',
  ],
  ['domainGetMemoryParameters', { dom, nparams: 17, flags: 0 }, 1, 7, 'internal error: nparams too large'],
  ['domainGetMemoryParameters', { dom, nparams: -1, flags: 0 }, 1, 7, 'internal error: nparams must be non-negative'],
  [
    'domainGetSchedulerParameters',
    { dom, nparams: 0 },
    8,
    20,
    'params in virDomainGetSchedulerParameters must not be NULL',
  ],
  [
    'domainGetSchedulerParametersFlags',
    { dom, nparams: 0, flags: 0 },
    8,
    20,
    'params in virDomainGetSchedulerParametersFlags must not be NULL',
  ],
  [
    'domainGetCpuStats',
    { dom, nparams: 1, startCpu: -2, ncpus: 1, flags: 0 },
    8,
    20,
    'start_cpu in virDomainGetCPUStats must be zero or greater',
  ],
  [
    'domainGetCpuStats',
    { dom, nparams: 1, startCpu: -1, ncpus: 2, flags: 0 },
    8,
    20,
    'ncpus must be 1 when start_cpu is -1',
  ],
  [
    'domainGetCpuStats',
    { dom, nparams: 1, startCpu: 0, ncpus: 0, flags: 0 },
    8,
    20,
    'params in virDomainGetCPUStats must not be NULL',
  ],
  [
    'domainGetCpuStats',
    { dom, nparams: 2049, startCpu: 0, ncpus: 1, flags: 0 },
    1,
    7,
    'internal error: nparams too large',
  ],
  [
    'domainGetCpuStats',
    { dom, nparams: 1, startCpu: 0, ncpus: 129, flags: 0 },
    1,
    7,
    'internal error: ncpus too large',
  ],
  [
    'domainMemoryStats',
    { dom, maxStats: 1025, flags: 0 },
    1,
    7,
    'internal error: maxStats > REMOTE_DOMAIN_MEMORY_STATS_MAX',
  ],
  [
    'domainSendProcessSignal',
    { dom, pidValue: 0n, signum: 9, flags: 0 },
    8,
    20,
    'pid_value in virDomainSendProcessSignal must not be zero',
  ],
  ['domainGetMetadata', { dom, type: 2, uri: null, flags: 0 }, 8, 20, 'uri in virDomainGetMetadata must not be NULL'],
  ['domainGetMetadata', { dom, type: 1, uri: 'x', flags: 0 }, 8, 20, 'uri in virDomainGetMetadata must be NULL'],
  [
    'domainSetMetadata',
    { dom, type: 2, metadata: '<x/>', key: null, uri: 'x', flags: 0 },
    8,
    20,
    'key in virDomainSetMetadata must not be NULL',
  ],
  [
    'domainSetMetadata',
    { dom, type: 0, metadata: 'x', key: 'k', uri: null, flags: 0 },
    8,
    20,
    'key in virDomainSetMetadata must be NULL',
  ],
  [
    'domainSetMetadata',
    { dom, type: 1, metadata: 'a\nb', key: null, uri: null, flags: 0 },
    8,
    20,
    "metadata title in virDomainSetMetadata can't contain newlines",
  ],
  [
    'nodeGetCpuStats',
    { cpuNum: -1, nparams: 3, flags: 0 },
    8,
    0,
    'nparams in virHostCPUGetStatsLinux must be equal to 4',
  ],
  ['nodeGetMemoryStats', { cellNum: -1, nparams: 16, flags: 0 }, 8, 0, 'nparams in virHostMemGetStatsLinux must be 4'],
  [
    'nodeGetCellsFreeMemory',
    { startCell: 0, maxcells: 0 },
    8,
    20,
    'maxCells in virNodeGetCellsFreeMemory must be greater than zero',
  ],
  ['nodeGetCellsFreeMemory', { startCell: 0, maxcells: 1025 }, 39, 7, 'maxcells > REMOTE_NODE_MAX_CELLS'],
  [
    'nodeGetCellsFreeMemory',
    { startCell: -1, maxcells: 1 },
    8,
    20,
    'startCell in virNodeGetCellsFreeMemory must be zero or greater',
  ],
  [
    'nodeGetFreePages',
    { pages: [], startCell: 0, cellCount: 1, flags: 0 },
    8,
    20,
    'npages in virNodeGetFreePages must not be zero',
  ],
  [
    'nodeGetFreePages',
    { pages: [4, 2048], startCell: 0, cellCount: 1024, flags: 0 },
    1,
    7,
    "internal error: the result won't fit into REMOTE_NODE_MAX_CELLS",
  ],
  [
    'nodeAllocPages',
    { pageSizes: [4], pageCounts: [], startCell: 0, cellCount: 1, flags: 0 },
    8,
    20,
    'pageCounts in virNodeAllocPages must not be NULL',
  ],
  [
    'connectSetIdentity',
    { params: [param('foo', 'string', 'x')], flags: 0 },
    74,
    0,
    "argument unsupported: parameter 'foo' not supported",
  ],
  [
    'connectSetIdentity',
    { params: [param('toString', 'string', 'x')], flags: 0 },
    74,
    0,
    "argument unsupported: parameter 'toString' not supported",
  ],
  [
    'connectSetIdentity',
    { params: [param('user-name', 'int', 1)], flags: 0 },
    8,
    0,
    "invalid argument: invalid type 'int' for parameter 'user-name', expected 'string'",
  ],
] as const)
  test(`${name} refuses: ${text}`, async t => {
    const { call } = await withDomain(true);
    const error = await fail(() => call(name, args));
    t.deepEqual([error.code, error.domain, error.message], [code, domain, text]);
  });

for (const [name, flags, uri, readOnly] of [
  ['lxc:///', 0, 'lxc:///', false],
  ['lxc:///system', 1, 'lxc:///system', true],
  ['', 0, 'lxc:///system', false],
  [null, 0, 'lxc:///system', false],
] as const)
  test(`connectOpen takes ${JSON.stringify(name)} with flags ${flags}`, async t => {
    const { client, call } = setUp();
    await call('connectOpen', { name, flags });
    t.true(client.opened);
    t.is(client.readOnly, readOnly);
    t.deepEqual(await call('connectGetUri'), { uri });
    t.is((await fail(() => call('connectOpen', { name, flags }))).message, 'internal error: connection already open');
  });

test('connectOpen leaves a connection shut when the driver refuses the URI', async t => {
  const { client, call } = setUp();
  const error = await fail(() => call('connectOpen', { name: 'qemu:///system', flags: 0 }));
  t.deepEqual([error.code, error.domain], [5, 0]);
  t.false(client.opened);
});

test('features: those of the connection take effect when they are asked for, and none of the others is claimed', async t => {
  const { client, call } = setUp();
  const claimed: number[] = [];
  for (let feature = 0; feature < 30; feature += 1) {
    const answer = await call('connectSupportsFeature', { feature });
    if (JSON.stringify(answer) === '{"supported":1}') claimed.push(feature);
  }
  t.deepEqual(claimed, [8, 9, 10, 14, 15, 16]);
  t.true(client.filePassing);
  t.true(client.keepalive);
});

test('a domain goes through its life by the old calls and by the new ones', async t => {
  const { call, client, driver } = setUp();
  t.deepEqual(await call('domainDefineXml', { xml: document }), { dom });
  t.is(await call('domainCreate', { dom }), undefined);
  await call('domainDestroy', { dom });
  t.deepEqual(await call('domainCreateWithFlags', { dom, flags: 0 }), { dom: { ...dom, id: 102 } });
  await call('domainShutdown', { dom });
  t.deepEqual(await call('domainCreateWithFiles', { dom, flags: 0 }, [7, 8]), { dom: { ...dom, id: 103 } });
  t.deepEqual(driver.files, [7, 8]);
  await call('domainSuspend', { dom });
  t.deepEqual(await call('domainGetState', { dom, flags: 0 }), { state: 3, reason: 1 });
  await call('domainResume', { dom });
  await call('domainSetAutostart', { dom, autostart: 2 });
  t.deepEqual(await call('domainGetAutostart', { dom }), { autostart: 1 });
  await call('domainDestroyFlags', { dom, flags: 0 });
  await call('domainUndefine', { dom });
  t.deepEqual(await call('connectListAllDomains', { needResults: 1, flags: 0 }), { domains: [], ret: 0 });
  t.deepEqual(await call('domainCreateXmlWithFiles', { xmlDesc: document, flags: 2 }, [9]), {
    dom: { ...dom, id: 104 },
  });
  client.end();
  t.deepEqual(await call('connectNumOfDomains'), { num: 0 });
});

test('a console becomes the stream of the call', async t => {
  const { handlers, driver, client } = setUp();
  const call = new TestCall(client);
  await handlers.domainOpenConsole(call, { dom, devName: null, flags: 0 });
  t.is(call.channel, driver.console);
});

test('name spaces are descriptors behind the reply', async t => {
  const { driver, client } = setUp();
  driver.domainLxcOpenNamespace = async () => [5, 6];
  const call = new TestCall(client);
  await lxcHandlers(driver).domainOpenNamespace(call, { dom, flags: 0 });
  t.deepEqual(call.replied, [5, 6]);
});

test('a driver without hot-plug has no handlers for it, and one with it has those for both generations', async t => {
  const { driver, handlers, client } = setUp();
  t.false(Reflect.has(handlers, 'domainAttachDevice'));
  t.false(Reflect.has(handlers, 'connectDomainXmlFromNative'));
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    async (_dom: DomainRef, xml: string, flags: number): Promise<void> =>
      void calls.push([name, xml, flags]);
  const able = Object.assign(driver, {
    domainAttachDeviceFlags: note('attach'),
    domainDetachDeviceFlags: note('detach'),
    domainUpdateDeviceFlags: note('update'),
    domainDetachDeviceAlias: note('alias'),
    connectDomainXmlFromNative: async (format: string) => `<${format}/>`,
  });
  const plugged = handlersOf(able);
  const call = new TestCall(client);
  await plugged.domainAttachDevice?.(call, { dom, xml: 'a' });
  await plugged.domainAttachDeviceFlags?.(call, { dom, xml: 'b', flags: 2 });
  await plugged.domainDetachDevice?.(call, { dom, xml: 'c' });
  await plugged.domainDetachDeviceFlags?.(call, { dom, xml: 'd', flags: 3 });
  await plugged.domainUpdateDeviceFlags?.(call, { dom, xml: 'e', flags: 1 });
  await plugged.domainDetachDeviceAlias?.(call, { dom, alias: 'f', flags: 2 });
  t.deepEqual(calls, [
    ['attach', 'a', 1],
    ['attach', 'b', 2],
    ['detach', 'c', 1],
    ['detach', 'd', 3],
    ['update', 'e', 1],
    ['alias', 'f', 2],
  ]);
  const native = { nativeFormat: 'lxc-tools', nativeConfig: '', flags: 0 };
  t.deepEqual(await plugged.connectDomainXmlFromNative?.(call, native), { domainXml: '<lxc-tools/>' });
});

test('a list that does not fit a reply is an error, not a part of it', async t => {
  const { driver, call } = setUp();
  driver.connectListAllDomains = () => Array.from({ length: 16_385 }, () => dom);
  const statistics = await fail(() => call('connectGetAllDomainStats', { doms: [], stats: 0, flags: 0 }));
  t.is(statistics.message, 'internal error: Number of domain stats records is 16385, which exceeds max limit: 16384');
  const error = await fail(() => call('connectListAllDomains', { needResults: 1, flags: 0 }));
  t.is(error.message, "internal error: Too many domains '16385' for limit '16384'");
});
