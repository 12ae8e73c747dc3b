import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { DomainStatistics } from '../../contract/hypervisor.ts';
import { LibvirtError } from '../../contract/error.ts';
import { createMacvlan, createVeth } from '../../../native/network/create-link.ts';
import { deleteLink, setLinkUp } from '../../../native/network/links.ts';
import { deviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { testDomains } from '../testing/test-domain.ts';
import { blockDeviceOf } from './block-device.ts';
import { statistics } from './statistics.ts';

async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition was not met within 30 s');
    await sleep(5);
  }
}

test('CPU time is told in total and for each CPU', async t => {
  const domains = testDomains(t);
  const driver = statistics(domains.context);
  const { ref, cgroup } = await domains.running(false);
  const enter = cgroup.entry.taskFiles.map(file => `echo 0 > ${file}`);
  if (cgroup.entry.unifiedDirectory !== null) enter.push(`echo 0 > ${cgroup.entry.unifiedDirectory}/cgroup.procs`);
  execFileSync('sh', ['-c', `${enter.join(';')}; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`]);
  const total = await driver.domainGetCpuStats(ref, -1, 1, 0);
  t.deepEqual(
    total.params.map(params => params.map(({ field, type }) => [field, type])),
    [
      [
        ['cpu_time', 'ullong'],
        ['user_time', 'ullong'],
        ['system_time', 'ullong'],
      ],
    ],
  );
  t.is(total.nparams, 3);
  const time = total.params[0]?.[0]?.value;
  t.true(typeof time === 'bigint' && time > 1_000_000n);
  if (cgroup.cpu()?.each === null) {
    await t.throwsAsync(driver.domainGetCpuStats(ref, 0, 1, 0), { code: ErrorCode.OPERATION_UNSUPPORTED });
    return;
  }
  const { cpus } = await driver.domainGetCpuStats(ref, 0, 0, 0);
  const each = await driver.domainGetCpuStats(ref, 0, cpus + 5, 0);
  t.is(each.params.length, cpus);
  t.is(each.nparams, 1);
  const sum = each.params.flat().reduce((sum, { value }) => sum + BigInt(value), 0n);
  t.is(cgroup.cpuTime(), sum);
  const error = await t.throwsAsync(driver.domainGetCpuStats(ref, cpus, 1, 0), { instanceOf: LibvirtError });
  t.is(error.message, `invalid argument: start_cpu ${cpus} larger than maximum of ${cpus - 1}`);
  t.deepEqual([error.code, error.domain], [ErrorCode.INVALID_ARG, ErrorDomain.CGROUP]);
});

test('memory is told by libvirt’s tags', async t => {
  const domains = testDomains(t);
  const { ref } = await domains.running(false);
  const stats = await statistics(domains.context).domainMemoryStats(ref, 0);
  t.deepEqual(stats[0], { tag: 6, value: 65536n });
  t.true(stats.some(({ tag }) => tag === 7));
});

test('a container that has read and written nothing has zeros', async t => {
  const domains = testDomains(t);
  const driver = statistics(domains.context);
  const { ref } = await domains.running(false);
  const none = { readRequests: 0n, readBytes: 0n, writeRequests: 0n, writeBytes: 0n };
  t.deepEqual(await driver.domainBlockStats(ref, ''), { ...none, errors: -1n });
  t.deepEqual(
    (await driver.domainBlockStatsFlags(ref, '', 0)).map(({ field, type, value }) => [field, type, value]),
    ['wr_bytes', 'wr_operations', 'rd_bytes', 'rd_operations'].map(field => [field, 'llong', 0n]),
  );
});

const none = (): null => null;

/** A node of the host's for a block device that is there; the kernel in use decides which. */
function anyBlockDevice(): string | undefined {
  const nodes = readdirSync('/sys/block').map(name => `/dev/${name}`);
  return nodes.find(node => statSync(node, { throwIfNoEntry: false })?.isBlockDevice() === true);
}

test('disks and file systems are known by target and source, as the disk that they lie on', async t => {
  const domains = testDomains(t);
  const node = anyBlockDevice();
  if (node === undefined) t.log('this host has no block device: only what lies on none is tried');
  const disk = node === undefined ? '' : `<disk type='block'><source dev='${node}'/><target dev='vda'/></disk>`;
  const { domain } = await domains.stored(
    '',
    `${disk}
     <filesystem type='ram'><source usage='1024'/><target dir='/ram'/></filesystem>
     <filesystem type='mount'><source dir='/proc'/><target dir='/virtual'/></filesystem>`,
  );
  if (node !== undefined) {
    const numbers = deviceNumbers(statSync(node, { bigint: true }).rdev);
    t.deepEqual(blockDeviceOf(domain.definition, 'vda', none), numbers);
    t.deepEqual(blockDeviceOf(domain.definition, node, none), numbers);
  }
  for (const path of ['/ram', '/virtual', '/'])
    t.throws(() => blockDeviceOf(domain.definition, path, none), { code: ErrorCode.OPERATION_UNSUPPORTED });
  for (const path of ['vdb', '/dev', '../vda'])
    t.throws(() => blockDeviceOf(domain.definition, path, none), {
      code: ErrorCode.INVALID_ARG,
      message: `invalid argument: invalid path: ${path}`,
    });
});

const interfaceElement = (mac: string): string =>
  `<interface type='bridge'><source bridge='unused'/><mac address='${mac}'/></interface>`;

test('an interface’s counters are the guest’s, and no other’s are told', async t => {
  const domains = testDomains(t);
  const driver = statistics(domains.context);
  const elements = interfaceElement('52:54:00:00:01:01') + interfaceElement('52:54:00:00:01:02');
  const { ref, domain, cgroup } = await domains.running(false, '', elements);
  const init = spawn('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' });
  t.teardown(() => init.kill('SIGKILL'));
  const pid = init.pid ?? 0;
  const own = readlinkSync('/proc/self/ns/net');
  await eventually(() => readlinkSync(`/proc/${pid}/ns/net`) !== own);
  const name = `lx${(process.pid % 100_000).toString(36)}st`;
  createVeth({ name, up: false, peer: { name: 'eth0', mac: '52:54:00:00:01:01', pid } });
  t.teardown(() => deleteLink(name));
  createMacvlan({ name: 'eth1', mac: '52:54:00:00:01:02', pid, lower: name, mode: 'bridge' });
  setLinkUp(name);
  domain.running = { controllerPid: pid, initPid: pid, cgroup, hostInterfaces: [name, null] };

  execFileSync('nsenter', [
    '--net',
    `--target=${pid}`,
    'sh',
    '-c',
    'ip link set eth0 up; ip addr add 198.18.66.1/24 dev eth0; busybox ping -c 1 -w 1 198.18.66.9 >/dev/null; true',
  ]);
  let stats = await driver.domainInterfaceStats(ref, name);
  await eventually(async () => (stats = await driver.domainInterfaceStats(ref, name)).txPackets > 0n);
  t.true(stats.txBytes >= 42n, 'the guest has asked for an address');
  t.like(await driver.domainInterfaceStats(ref, '52:54:00:00:01:01'), { txErrors: 0n });
  t.true((await driver.domainInterfaceStats(ref, '52:54:00:00:01:02')).rxBytes >= 0n);
  for (const other of ['lo', 'eth0', '', '52:54:00:00:01:03', `../${name}`]) {
    const error = await t.throwsAsync(driver.domainInterfaceStats(ref, other), { instanceOf: LibvirtError });
    t.deepEqual([error.code, error.domain], [ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN]);
    t.is(error.message, `invalid argument: '${other}' is not a known interface`);
  }
  await deleteLink(name);
  await t.throwsAsync(driver.domainInterfaceStats(ref, name), { code: ErrorCode.INTERNAL_ERROR });
});

test('the number of block parameters is known of a domain that does not run', async t => {
  const domains = testDomains(t);
  const { ref } = await domains.stored();
  const driver = statistics(domains.context);
  t.is(driver.domainBlockStatsCount(ref, 0), 4);
  t.throws(() => driver.domainBlockStatsCount({ ...ref, uuid: crypto.randomUUID() }, 0), { code: ErrorCode.NO_DOMAIN });
});

/** Every call, on a domain that does not run. */
const calls: readonly [string, (driver: DomainStatistics, ref: DomainRef) => Promise<unknown>][] = [
  ['CPU', (driver, ref) => driver.domainGetCpuStats(ref, -1, 1, 0)],
  ['memory', (driver, ref) => driver.domainMemoryStats(ref, 0)],
  ['block', (driver, ref) => driver.domainBlockStats(ref, 'nope')],
  ['block parameters', (driver, ref) => driver.domainBlockStatsFlags(ref, '', 0)],
  ['interface', (driver, ref) => driver.domainInterfaceStats(ref, 'nope')],
];
for (const [name, call] of calls)
  test(`${name} statistics need a running domain`, async t => {
    const domains = testDomains(t);
    const { ref } = await domains.stored();
    const error = await t.throwsAsync(call(statistics(domains.context), ref), { instanceOf: LibvirtError });
    t.deepEqual([error.code, error.domain], [ErrorCode.OPERATION_INVALID, ErrorDomain.DOMAIN]);
    t.is(error.message, 'Requested operation is not valid: domain is not running');
  });
