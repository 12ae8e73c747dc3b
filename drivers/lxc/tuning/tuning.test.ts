import { readFileSync } from 'node:fs';
import test from 'ava';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import type { DomainTuning } from '../../contract/hypervisor.ts';
import { LibvirtError } from '../../contract/error.ts';
import { llong, string, uint, ullong } from './parameters.ts';
import { testDomains } from '../testing/test-domain.ts';
import { tuning } from './tuning.ts';

const LIVE = 1;
const CONFIG = 2;
const MAXIMUM = 4;
const unlimited = 9007199254740991n;

const values = (params: readonly TypedParameter[]): Record<string, unknown> =>
  Object.fromEntries(params.map(({ field, value }) => [field, value]));

type Domains = 'running' | 'transient' | 'stored';

/** What a client is told: code, domain of the error, text. Every row was asked of a real libvirtd. */
type Refusal = readonly [ErrorCode, ErrorDomain, RegExp];
const notRunning: Refusal = [ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN, /: domain is not running$/];
const noConfig: Refusal = [
  ErrorCode.OPERATION_INVALID,
  ErrorDomain.DOMAIN,
  /: transient domains do not have any persistent config$/,
];
const exclusive: Refusal = [
  ErrorCode.INVALID_ARG,
  ErrorDomain.DOMAIN,
  /^Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive$/,
];
const tooMuch: Refusal = [
  ErrorCode.INVALID_ARG,
  ErrorDomain.LXC,
  /^invalid argument: Cannot set memory higher than max memory$/,
];
const wrongOrder: Refusal = [
  ErrorCode.INVALID_ARG,
  ErrorDomain.DOMAIN,
  /hard_limit tunable value must be lower than or/,
];
const unsupportedFlags = (caller: string): Refusal => [
  ErrorCode.INVALID_ARG,
  ErrorDomain.LXC,
  new RegExp(`^unsupported flags \\(0x8\\) in function ${caller}$`),
];
const unknownParameter = (name: string): Refusal => [
  ErrorCode.ARGUMENT_UNSUPPORTED,
  ErrorDomain.NONE,
  new RegExp(`^argument unsupported: parameter '${name}' not supported$`),
];
const invalid = (domain: ErrorDomain, text: string): Refusal => [
  ErrorCode.INVALID_ARG,
  domain,
  new RegExp(`^invalid argument: ${text}$`),
];

type Action = (driver: DomainTuning, ref: Parameters<DomainTuning['domainGetMaxMemory']>[0]) => Promise<unknown>;
const setMemory =
  (memory: bigint, flags: number): Action =>
  (driver, ref) =>
    driver.domainSetMemoryFlags(ref, memory, flags);
const setParameters =
  (flags: number, ...params: TypedParameter[]): Action =>
  (driver, ref) =>
    driver.domainSetMemoryParameters(ref, params, flags);
const setBlkio =
  (flags: number, ...params: TypedParameter[]): Action =>
  (driver, ref) =>
    driver.domainSetBlkioParameters(ref, params, flags);
const setScheduler =
  (flags: number, ...params: TypedParameter[]): Action =>
  (driver, ref) =>
    driver.domainSetSchedulerParametersFlags(ref, params, flags);

const hard = (kib: bigint): TypedParameter => ullong('hard_limit', kib);
const swap = (kib: bigint): TypedParameter => ullong('swap_hard_limit', kib);
const device = (name: string, text: string): TypedParameter => string(`device_${name}`, text);

const refusals: readonly [string, Domains, Action, Refusal][] = [
  ['live memory of one that does not run', 'stored', setMemory(40000n, LIVE), notRunning],
  ['stored memory of a transient one', 'transient', setMemory(40000n, CONFIG), noConfig],
  ['memory above the maximum', 'running', setMemory(90000n, LIVE), tooMuch],
  ['stored memory above the maximum', 'running', setMemory(90000n, CONFIG), tooMuch],
  ['memory above the maximum of one that does not run', 'stored', setMemory(90000n, 0), tooMuch],
  ['the stored maximum of a transient one', 'transient', setMemory(90000n, 6), noConfig],
  ['unknown flags of memory', 'running', setMemory(1000n, 8), unsupportedFlags('lxcDomainSetMemoryFlags')],
  ['live limits of one that does not run', 'stored', setParameters(LIVE, hard(70000n)), notRunning],
  ['live and stored limits of one that does not run', 'stored', setParameters(3, hard(70000n)), notRunning],
  ['stored limits of a transient one', 'transient', setParameters(3, hard(70000n)), noConfig],
  ['memory above memory and swap', 'running', setParameters(0, hard(70000n), swap(60000n)), wrongOrder],
  ['the same for one that does not run', 'stored', setParameters(0, hard(70000n), swap(60000n)), wrongOrder],
  ['an unknown parameter', 'running', setParameters(0, hard(70000n), ullong('foo', 1n)), unknownParameter('foo')],
  ['a name of every object', 'running', setParameters(0, ullong('constructor', 1n)), unknownParameter('constructor')],
  ['a guarantee', 'running', setParameters(0, ullong('min_guarantee', 1n)), unknownParameter('min_guarantee')],
  [
    'a type that is not the parameter’s',
    'running',
    setParameters(0, uint('hard_limit', 70000)),
    invalid(ErrorDomain.NONE, "invalid type 'uint' for parameter 'hard_limit', expected 'ullong'"),
  ],
  [
    'a parameter twice',
    'running',
    setParameters(0, hard(70000n), hard(80000n)),
    invalid(ErrorDomain.NONE, "parameter 'hard_limit' occurs multiple times"),
  ],
  ['unknown flags of limits', 'running', setParameters(8, hard(1n)), unsupportedFlags('lxcDomainSetMemoryParameters')],
  [
    'a limit beyond the largest',
    'running',
    setParameters(LIVE, ullong('soft_limit', unlimited + 1n)),
    invalid(ErrorDomain.CGROUP, `Memory '${unlimited + 1n}' must be less than ${unlimited}`),
  ],
  ['limits of both at once', 'running', (driver, ref) => driver.domainGetMemoryParameters(ref, 3), exclusive],
  ['weights of both at once', 'stored', (driver, ref) => driver.domainGetBlkioParameters(ref, 3), exclusive],
  ['shares of both at once', 'stored', (driver, ref) => driver.domainGetSchedulerParametersFlags(ref, 3), exclusive],
  [
    'live shares of one that does not run',
    'stored',
    (driver, ref) => driver.domainGetSchedulerParametersFlags(ref, LIVE),
    notRunning,
  ],
  [
    'too few shares',
    'running',
    setScheduler(LIVE, ullong('cpu_shares', 1n)),
    invalid(ErrorDomain.CGROUP, "shares '1' must be in range \\[2, 262144\\]"),
  ],
  [
    'a period too long',
    'running',
    setScheduler(0, ullong('vcpu_period', 1000001n)),
    invalid(ErrorDomain.CGROUP, "cfs_period '1000001' must be in range \\(1000, 1000000\\)"),
  ],
  [
    'a quota too short',
    'running',
    setScheduler(0, llong('vcpu_quota', 999n)),
    invalid(ErrorDomain.CGROUP, "cfs_quota '999' must be in range \\(1000, 17592186044415\\)"),
  ],
  [
    'another’s period',
    'running',
    setScheduler(0, ullong('emulator_period', 5000n)),
    unknownParameter('emulator_period'),
  ],
  ['unknown flags of shares', 'running', setScheduler(8), unsupportedFlags('lxcDomainSetSchedulerParametersFlags')],
  [
    'a device without a value',
    'running',
    setBlkio(0, device('weight', '/dev/loop0')),
    invalid(ErrorDomain.DOMAIN, "unable to parse blkio device 'device_weight' '/dev/loop0'"),
  ],
  [
    'a value without a device',
    'stored',
    setBlkio(CONFIG, device('weight', ',5')),
    invalid(ErrorDomain.DOMAIN, "unable to parse blkio device 'device_weight' ',5'"),
  ],
  [
    'a negative value',
    'stored',
    setBlkio(CONFIG, device('read_iops_sec', '/dev/loop0,-1')),
    invalid(ErrorDomain.DOMAIN, "invalid value '-1' for parameter 'device_read_iops_sec' of device '/dev/loop0'"),
  ],
  [
    'more requests than fit',
    'stored',
    setBlkio(CONFIG, device('write_iops_sec', '/dev/loop0,4294967296')),
    invalid(
      ErrorDomain.DOMAIN,
      "invalid value '4294967296' for parameter 'device_write_iops_sec' of device '/dev/loop0'",
    ),
  ],
  [
    'a device that there is not',
    'running',
    setBlkio(LIVE, device('read_bytes_sec', '/dev/nonexistent,500')),
    [ErrorCode.SYSTEM_ERROR, ErrorDomain.CGROUP, /^Path '\/dev\/nonexistent' is not accessible: /],
  ],
  [
    'a device that is no block device',
    'running',
    setBlkio(LIVE, device('read_bytes_sec', '/dev/null,500')),
    [ErrorCode.SYSTEM_ERROR, ErrorDomain.CGROUP, /^Path '\/dev\/null' must be a block device/],
  ],
  [
    'a weight that the kernel does not take',
    'running',
    setBlkio(LIVE, uint('weight', 20000)),
    [ErrorCode.SYSTEM_ERROR, ErrorDomain.CGROUP, /^Unable to write to '.*weight': /],
  ],
  ['unknown flags of weights', 'running', setBlkio(8), unsupportedFlags('lxcDomainSetBlkioParameters')],
];

const refused = test.macro(async (t, which: Domains, action: Action, [code, domain, message]: Refusal) => {
  const domains = testDomains(t);
  const subject = which === 'stored' ? await domains.stored() : await domains.running(which === 'running');
  const before = { definition: subject.domain.definition, next: subject.domain.nextDefinition };
  const error = await t.throwsAsync(action(tuning(domains.context), subject.ref), { instanceOf: LibvirtError });
  t.deepEqual([error.code, error.domain], [code, domain], error.message);
  t.regex(error.message, message);
  t.deepEqual({ definition: subject.domain.definition, next: subject.domain.nextDefinition }, before);
});
for (const [name, which, action, refusal] of refusals) test(`refused: ${name}`, refused, which, action, refusal);

test('what was never set is told as libvirt tells it', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const none = { hard_limit: unlimited, soft_limit: unlimited, swap_hard_limit: unlimited };
  const noDevices = {
    device_weight: '',
    device_read_iops_sec: '',
    device_write_iops_sec: '',
    device_read_bytes_sec: '',
    device_write_bytes_sec: '',
  };
  const { ref } = await domains.stored();
  t.deepEqual(values(await driver.domainGetMemoryParameters(ref, 0)), none);
  t.deepEqual(values(await driver.domainGetBlkioParameters(ref, 0)), { weight: 0, ...noDevices });
  t.deepEqual(values(await driver.domainGetSchedulerParametersFlags(ref, 0)), {
    cpu_shares: 0n,
    vcpu_period: 0n,
    vcpu_quota: 0n,
  });
  t.deepEqual(driver.domainGetSchedulerType(ref), { type: 'posix', nparams: 3 });
  const running = await domains.running(true);
  t.deepEqual(values(await driver.domainGetMemoryParameters(running.ref, 0)), { ...none, hard_limit: 65536n });
  t.deepEqual(values(await driver.domainGetMemoryParameters(running.ref, CONFIG)), none);
  t.deepEqual(values(await driver.domainGetBlkioParameters(running.ref, LIVE)), {
    weight: running.cgroup.blkioWeight() ?? 0,
    ...noDevices,
  });
  t.deepEqual(values(await driver.domainGetSchedulerParametersFlags(running.ref, 0)), {
    cpu_shares: 1024n,
    vcpu_period: 100000n,
    vcpu_quota: -1n,
  });
});

test('the most that a container may have changes while it runs, and with it what it has', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, domain, cgroup } = await domains.running(true);
  const live = (): unknown[] => [domain.definition.memory, domain.definition.currentMemory, cgroup.memory()?.limit];
  await driver.domainSetMaxMemory(ref, 90000n);
  t.deepEqual(live(), [90000n, 90000n, 90000n * 1024n]);
  t.is(domain.nextDefinition?.memory, 65536n);
  await driver.domainSetMemoryFlags(ref, 40000n, LIVE);
  await driver.domainSetMemoryFlags(ref, 120000n, LIVE | MAXIMUM);
  t.deepEqual(live(), [120000n, 40000n, 40000n * 1024n]);
  await driver.domainSetMemoryFlags(ref, 20000n, LIVE | CONFIG | MAXIMUM);
  t.deepEqual(live(), [20000n, 20000n, 20000n * 1024n]);
  t.like(domain.nextDefinition, { memory: 20000n, currentMemory: 20000n });
  t.deepEqual(
    domains.events.map(event => event.kind === 'balloonChange' && event.actual),
    [90000n, 40000n, 20000n],
  );
});

test('a hard limit of its own stays while the most changes, unless it is more', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, cgroup } = await domains.running(true);
  await driver.domainSetMemoryParameters(ref, [hard(50000n)], LIVE);
  await driver.domainSetMaxMemory(ref, 90000n);
  t.is(cgroup.memory()?.limit, 50000n * 1024n);
  await driver.domainSetMaxMemory(ref, 30000n);
  t.is(cgroup.memory()?.limit, 30000n * 1024n);
});

test('memory is given and taken while the container runs, and told of', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, domain, cgroup } = await domains.running(true);
  await driver.domainSetMemoryFlags(ref, 40000n, LIVE);
  t.is(cgroup.memory()?.limit, 40000n * 1024n);
  t.is(domain.definition.currentMemory, 40000n);
  t.is(domain.nextDefinition?.currentMemory, 65536n);
  t.like(domains.events[0], { kind: 'balloonChange', actual: 40000n });
  await driver.domainSetMemoryFlags(ref, 50000n, CONFIG);
  t.is(cgroup.memory()?.limit, 40000n * 1024n);
  t.is(domain.nextDefinition?.currentMemory, 50000n);
  t.is(domains.events.length, 1);
  t.regex(readFileSync(domains.files.config(domain.name), 'utf8'), /<currentMemory unit='KiB'>50000</);
});

test('the maximum is set while nothing runs, and takes the memory down with it', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, domain } = await domains.stored();
  await driver.domainSetMemoryFlags(ref, 30000n, 0);
  await driver.domainSetMaxMemory(ref, 80000n);
  t.is(driver.domainGetMaxMemory(ref), 80000n);
  t.is(domain.definition.currentMemory, 30000n);
  await driver.domainSetMaxMemory(ref, 20000n);
  t.deepEqual([domain.definition.memory, domain.definition.currentMemory], [20000n, 20000n]);
  t.regex(readFileSync(domains.files.config(domain.name), 'utf8'), /<memory unit='KiB'>20000</);
});

test('limits of memory are set in the order that the kernel accepts, up and down', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, domain } = await domains.running(true);
  const live = async (): Promise<unknown[]> => Object.values(values(await driver.domainGetMemoryParameters(ref, LIVE)));
  await driver.domainSetMemoryParameters(ref, [hard(50000n), swap(60000n), ullong('soft_limit', 40000n)], 3);
  t.deepEqual(await live(), [50000n, 40000n, 60000n]);
  await driver.domainSetMemoryParameters(ref, [hard(90000n), swap(100000n)], LIVE);
  t.deepEqual(await live(), [90000n, 40000n, 100000n]);
  await driver.domainSetMemoryParameters(ref, [hard(30000n), swap(40000n)], LIVE);
  t.deepEqual(await live(), [30000n, 40000n, 40000n]);
  await driver.domainSetMemoryParameters(ref, [hard(unlimited), swap(unlimited)], LIVE);
  t.deepEqual(await live(), [unlimited, 40000n, unlimited]);
  t.deepEqual(domain.definition.memtune, {
    hardLimit: null,
    softLimit: 40000n,
    swapHardLimit: null,
    minGuarantee: null,
  });
  t.deepEqual(domain.nextDefinition?.memtune, {
    hardLimit: 50000n,
    softLimit: 40000n,
    swapHardLimit: 60000n,
    minGuarantee: null,
  });
});

test('shares, period and quota reach the kernel and both definitions', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, domain, cgroup } = await domains.running(true);
  const params = [ullong('cpu_shares', 2048n), ullong('vcpu_period', 50000n), llong('vcpu_quota', 20000n)];
  await driver.domainSetSchedulerParametersFlags(ref, params, 3);
  t.deepEqual([cgroup.cpuShares(), cgroup.cpuPeriod(), cgroup.cpuQuota()], [2048n, 50000n, 20000n]);
  for (const definition of [domain.definition, domain.nextDefinition])
    t.like(definition?.cputune, { shares: 2048n, period: 50000n, quota: 20000n });
  await driver.domainSetSchedulerParametersFlags(ref, [llong('vcpu_quota', -1n), ullong('vcpu_period', 0n)], LIVE);
  t.deepEqual([cgroup.cpuPeriod(), cgroup.cpuQuota()], [50000n, null]);
});

test('limits of devices are merged path by path', async t => {
  const domains = testDomains(t);
  const driver = tuning(domains.context);
  const { ref, domain } = await domains.stored();
  const set = (...params: TypedParameter[]): Promise<void> => driver.domainSetBlkioParameters(ref, params, CONFIG);
  await set(
    uint('weight', 300),
    device('weight', '/dev/a,500,/dev/b, 600'),
    device('read_iops_sec', '/dev/b,40,/dev/c,55'),
  );
  await set(device('weight', '/dev/b,1,/dev/b,700'), device('write_bytes_sec', '/dev/a,18446744073709551615'));
  t.deepEqual(values(await driver.domainGetBlkioParameters(ref, 0)), {
    weight: 300,
    device_weight: '/dev/a,500,/dev/b,700',
    device_read_iops_sec: '/dev/b,40,/dev/c,55',
    device_write_iops_sec: '',
    device_read_bytes_sec: '',
    device_write_bytes_sec: '/dev/a,18446744073709551615',
  });
  await set(device('read_iops_sec', '/dev/c,0'), device('weight', ''));
  t.deepEqual(
    domain.definition.blkiotune.devices.map(({ path }) => path),
    ['/dev/a', '/dev/b'],
  );
});

test('a domain that is not there is told so', async t => {
  const driver = tuning(testDomains(t).context);
  const ref = { name: 'nobody', uuid: crypto.randomUUID(), id: -1 };
  for (const call of [setMemory(1n, 0), setParameters(0, hard(1n)), setBlkio(0, uint('weight', 1))])
    await t.throwsAsync(call(driver, ref), { code: ErrorCode.NO_DOMAIN });
});
