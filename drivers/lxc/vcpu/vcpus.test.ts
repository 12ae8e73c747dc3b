import { availableParallelism } from 'node:os';
import test from 'ava';
import { cpuAffinity } from '../../../native/ffi/affinity.ts';
import { ErrorCode, VcpuHostCpuState, VcpuState } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { DomainVcpus } from '../../contract/domain-vcpus.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { Console, defined, failure, onlyCgroup, running, started, tree, xml } from '../testing/containers.ts';
import type { DriverFixture } from '../testing/driver-fixture.ts';
import { testDomains } from '../testing/test-domain.ts';
import { llong, string, ullong } from '../tuning/parameters.ts';
import { scheduler } from '../tuning/scheduler.ts';
import { cpuPlacement, cpuQuota } from './cpu-limits.ts';
import { vcpus } from './vcpus.ts';

const LIVE = 1;
const CONFIG = 2;
const MAXIMUM = 4;
const GUEST = 8;
const hostCpus = cpuAffinity(process.pid);
const everyCpu = Array.from({ length: availableParallelism() }, (_, cpu) => cpu);

test.after.always('the tree is gone', () => tree.remove());

/** What a definition's elements come to: CPU time of each period in microseconds, and CPUs. */
const meanings: readonly [string, string, bigint | null, string | null][] = [
  ['nothing', '', null, null],
  ['a maximum, which every definition has', '<vcpu>1</vcpu>', null, null],
  ['a count', "<vcpu current='2'>4</vcpu>", 200_000n, null],
  ['a count of all', "<vcpu current='4'>4</vcpu>", 400_000n, null],
  ['a count of none', "<vcpu current='0'>4</vcpu>", null, null],
  [
    'a count in periods of its own',
    "<vcpu current='2'>4</vcpu><cputune><period>50000</period></cputune>",
    100_000n,
    null,
  ],
  ['a quota below the count', "<vcpu current='2'>4</vcpu><cputune><quota>50000</quota></cputune>", 50_000n, null],
  ['a quota above the count', "<vcpu current='1'>4</vcpu><cputune><quota>150000</quota></cputune>", 100_000n, null],
  ['no quota with a count', "<vcpu current='1'>4</vcpu><cputune><quota>-1</quota></cputune>", 100_000n, null],
  ['no quota', '<cputune><quota>-1</quota></cputune>', null, null],
  ['a set of CPUs', "<vcpu cpuset='1-3'>4</vcpu>", null, '1-3'],
  [
    'pins of all',
    "<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='5-6'/></cputune>",
    null,
    '0,5-6',
  ],
  ['a pin of one of two', "<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='0'/></cputune>", null, null],
  ['a pin beside a set', "<vcpu cpuset='2'>2</vcpu><cputune><vcpupin vcpu='0' cpuset='0'/></cputune>", null, '0,2'],
  [
    'a pin of one that is off',
    "<vcpu current='1'>2</vcpu><cputune><vcpupin vcpu='1' cpuset='0'/></cputune>",
    100_000n,
    null,
  ],
];
for (const [name, elements, quota, cpus] of meanings)
  test(`limits that follow from ${name}`, async t => {
    const definition = await parseDomain(xml({ elements }));
    t.deepEqual([cpuQuota(definition), cpuPlacement(definition)], [quota, cpus]);
  });

type Action = (driver: DomainVcpus, ref: DomainRef) => Promise<unknown>;
const set =
  (count: number, flags: number): Action =>
  (driver, ref) =>
    driver.domainSetVcpusFlags(ref, count, flags);
const pin =
  (vcpu: number, cpus: readonly number[], flags: number): Action =>
  (driver, ref) =>
    driver.domainPinVcpuFlags(ref, vcpu, cpus, flags);

const refusals: readonly [string, 'running' | 'stored' | 'transient', Action, ErrorCode, RegExp][] = [
  ['more than the maximum', 'running', set(5, LIVE), ErrorCode.INVALID_ARG, /for the live domain: 5 > 4$/],
  ['more than the stored maximum', 'stored', set(5, 0), ErrorCode.INVALID_ARG, /for the persistent domain: 5 > 4$/],
  ['the maximum of a running one', 'running', set(5, LIVE | MAXIMUM), ErrorCode.INVALID_ARG, /live domain can't be/],
  ['a maximum beyond all', 'stored', set(20_000, CONFIG | MAXIMUM), ErrorCode.INVALID_ARG, /20000 > 16384$/],
  [
    'what runs in it',
    'running',
    set(2, GUEST),
    ErrorCode.ARGUMENT_UNSUPPORTED,
    /cannot be switched by what runs in it$/,
  ],
  ['a running one that does not run', 'stored', set(1, LIVE), ErrorCode.OPERATION_INVALID, /domain is not running$/],
  ['the file of a transient one', 'transient', set(1, CONFIG), ErrorCode.OPERATION_INVALID, /any persistent config$/],
  [
    'unknown flags',
    'stored',
    set(1, 64),
    ErrorCode.INVALID_ARG,
    /^unsupported flags \(0x40\) in function lxcDomainSet/,
  ],
  [
    'a vCPU that is not there',
    'running',
    pin(4, [0], LIVE),
    ErrorCode.INVALID_ARG,
    /vcpu 4 is out of range of live cpu/,
  ],
  ['a stored vCPU that is not there', 'stored', pin(4, [0], 0), ErrorCode.INVALID_ARG, /of persistent cpu count 4$/],
  ['no CPU', 'running', pin(0, [], LIVE), ErrorCode.INVALID_ARG, /^invalid argument: Empty cpu list for pinning$/],
  ['unknown flags of pins', 'stored', pin(0, [0], 8), ErrorCode.INVALID_ARG, /^unsupported flags \(0x8\) in function/],
  [
    'vCPUs of one that does not run',
    'stored',
    (driver, ref) => driver.domainGetVcpus(ref, 4),
    ErrorCode.OPERATION_INVALID,
    /cannot retrieve vcpu information for inactive domain$/,
  ],
  [
    'pins of both at once',
    'running',
    (driver, ref) => driver.domainGetVcpuPinInfo(ref, 4, LIVE | CONFIG),
    ErrorCode.INVALID_ARG,
    /mutually exclusive$/,
  ],
];
for (const [name, kind, action, code, message] of refusals)
  test(`refused: ${name}`, async t => {
    const domains = testDomains(t);
    const elements = '<vcpu>4</vcpu>';
    const { ref } =
      kind === 'stored' ? await domains.stored(elements) : await domains.running(kind === 'running', elements);
    t.like(await failure(() => action(vcpus(domains.context), ref)), { code });
    await t.throwsAsync(action(vcpus(domains.context), ref), { message });
  });

test('pins and counts of a stored domain are kept, in libvirt’s form and on disk', async t => {
  const fixture = await started(t);
  const ref = await defined(fixture, { elements: '<vcpu>4</vcpu>' });
  const { driver } = fixture;
  await driver.domainSetVcpusFlags(ref, 4, CONFIG);
  await driver.domainSetVcpusFlags(ref, 6, CONFIG | MAXIMUM);
  await driver.domainPinEmulator(ref, [0, 1], CONFIG);
  await driver.domainPinVcpuFlags(ref, 1, [1, 2, 3, 7], CONFIG);
  await driver.domainPinVcpuFlags(ref, 0, [0], CONFIG);
  await fixture.restart();
  t.regex(
    fixture.driver.domainGetXmlDesc(ref, 0),
    /<vcpu placement='static' current='4'>6<\/vcpu>\n {2}<cputune>\n {4}<vcpupin vcpu='0' cpuset='0'\/>\n {4}<vcpupin vcpu='1' cpuset='1-3,7'\/>\n {4}<emulatorpin cpuset='0-1'\/>/,
  );
  t.deepEqual(await fixture.driver.domainGetVcpuPinInfo(ref, 3, 0), [[0], [1, 2, 3, 7], everyCpu]);
  t.deepEqual(await fixture.driver.domainGetEmulatorPinInfo(ref, CONFIG), [0, 1]);
  t.deepEqual(
    [0, MAXIMUM].map(flags => fixture.driver.domainGetVcpusFlags(ref, flags)),
    [4, 6],
  );
});

const shell = async (fixture: DriverFixture, ref: DomainRef): Promise<Console> =>
  new Console(await fixture.driver.domainOpenConsole(ref, null, 0));

test('a container that runs is given fewer CPUs, and all of them again', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const pins = "<cputune><vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='0'/></cputune>";
  const ref = await running(fixture, { init: '/bin/sh', elements: `<vcpu current='1'>2</vcpu>${pins}` });
  const console = await shell(fixture, ref);
  const cgroup = onlyCgroup(fixture);
  const says = async (command: string, answer: string): Promise<void> => {
    console.write(`echo "$(${command})" = '${command}'\n`);
    await console.until(`${answer} = ${command}`);
  };

  await says('nproc', '1');
  t.is(cgroup.cpuQuota(), 100_000n);
  t.is(cgroup.cpus(), '0');
  t.deepEqual(cpuAffinity(ref.id), [0]);
  await driver.domainSetVcpusFlags(ref, 2, LIVE);
  // the second vCPU is pinned to nothing
  await says('nproc ', String(hostCpus.length));
  t.is(cgroup.cpuQuota(), 200_000n);
  await driver.domainPinVcpuFlags(ref, 1, [0], LIVE);
  await says('nproc  ', '1');

  const [first, second, ...others] = await driver.domainGetVcpus(ref, 16);
  t.like(first, { number: 0, state: VcpuState.RUNNING, cpu: 0, affinity: [0] });
  t.like(second, { number: 1, state: VcpuState.RUNNING, cpu: 0, affinity: [0] });
  t.deepEqual(others, []);
  t.true((first?.cpuTime ?? 0n) > 0n);
  await driver.domainPinVcpuFlags(ref, 1, everyCpu, LIVE);
  t.like((await driver.domainGetVcpus(ref, 16))[1], { cpu: everyCpu.length > 1 ? VcpuHostCpuState.UNAVAILABLE : 0 });
  await driver.domainPinEmulator(ref, everyCpu, LIVE);
  t.deepEqual(cpuAffinity(ref.id), hostCpus);
  await driver.domainSuspend(ref);
  t.like((await driver.domainGetVcpus(ref, 1))[0], { state: VcpuState.BLOCKED });
  await driver.domainResume(ref);

  t.regex(driver.domainGetXmlDesc(ref, 0), /current='2'>2<[^]*<vcpupin vcpu='1'/);
  t.regex(driver.domainGetXmlDesc(ref, 2), /current='1'>2</);
  t.notRegex(driver.domainGetXmlDesc(ref, 2), /vcpu='1'/);
  await console.close();
});

test('pins may name CPUs that are not there, but not only such', async t => {
  const domains = testDomains(t);
  const { ref, cgroup } = await domains.running(true, '<vcpu>1</vcpu>');
  const driver = vcpus(domains.context);
  await driver.domainPinVcpuFlags(ref, 0, [0, 9000], LIVE);
  t.is(cgroup.cpus(), '0');
  t.deepEqual(await driver.domainGetVcpuPinInfo(ref, 1, LIVE), [[0, 9000]]);
  await t.throwsAsync(driver.domainPinVcpuFlags(ref, 0, [9000], LIVE), { code: ErrorCode.SYSTEM_ERROR });
  t.is(cgroup.cpus(), '0');
});

test('a quota beside a count is told as it was set, and holds as far as it is the smaller', async t => {
  const domains = testDomains(t);
  const { ref, cgroup } = await domains.running(true, '<vcpu>4</vcpu>');
  const driver = { ...vcpus(domains.context), ...scheduler(domains.context) };
  const quota = async (): Promise<unknown> =>
    (await driver.domainGetSchedulerParametersFlags(ref, LIVE)).find(({ field }) => field === 'vcpu_quota')?.value;
  t.is(await quota(), -1n);
  await driver.domainSetVcpusFlags(ref, 2, LIVE);
  t.deepEqual([cgroup.cpuQuota(), await quota()], [200_000n, -1n]);
  await driver.domainSetSchedulerParametersFlags(ref, [llong('vcpu_quota', 50_000n)], LIVE);
  t.deepEqual([cgroup.cpuQuota(), await quota()], [50_000n, 50_000n]);
  await driver.domainSetSchedulerParametersFlags(ref, [llong('vcpu_quota', 350_000n)], LIVE);
  t.deepEqual([cgroup.cpuQuota(), await quota()], [200_000n, 350_000n]);
  await driver.domainSetSchedulerParametersFlags(ref, [ullong('vcpu_period', 50_000n)], LIVE);
  t.deepEqual([cgroup.cpuQuota(), await quota()], [100_000n, 350_000n]);
  await driver.domainSetSchedulerParametersFlags(ref, [llong('vcpu_quota', -1n)], LIVE);
  t.deepEqual([cgroup.cpuQuota(), await quota()], [100_000n, -1n]);
});

test('whoever listens hears of pins and shares', async t => {
  const domains = testDomains(t);
  const { ref } = await domains.running(true, '<vcpu>2</vcpu>');
  await vcpus(domains.context).domainPinVcpuFlags(ref, 1, [0], LIVE);
  await vcpus(domains.context).domainPinVcpuFlags(ref, 1, [0], CONFIG);
  await scheduler(domains.context).domainSetSchedulerParametersFlags(ref, [ullong('cpu_shares', 500n)], LIVE);
  t.deepEqual(domains.events, [
    { kind: 'tunable', domain: ref, params: [string('cputune.vcpupin1', '0')] },
    { kind: 'tunable', domain: ref, params: [ullong('cputune.cpu_shares', 500n)] },
  ]);
});

test('any type of domain but a container is unknown', async t => {
  const driver = vcpus(testDomains(t).context);
  t.deepEqual([driver.connectGetMaxVcpus(null), driver.connectGetMaxVcpus('LXC')], [16_384, 16_384]);
  t.throws(() => driver.connectGetMaxVcpus('kvm'), { code: ErrorCode.INVALID_ARG, message: /unknown type 'kvm'$/ });
});
