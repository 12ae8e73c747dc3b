import { existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readControl } from '../../../native/cgroup/file.ts';
import { detectHierarchies } from '../../../native/cgroup/hierarchies.ts';
import { ErrorCode } from '../../contract/constants.ts';
import type { DomainRef, TypedParameter } from '../../contract/domain.ts';
import { Console, defined, onlyCgroup, running, started, tree } from '../testing/containers.ts';
import type { DriverFixture } from '../testing/driver-fixture.ts';
import { testDomains } from '../testing/test-domain.ts';
import { noIoTune } from '../../xml/domain/iotune.ts';
import { blockIoTune, type BlockIoTune } from './block-iotune.ts';
import { diskThrottle } from './disk-throttles.ts';
import { string, ullong } from './parameters.ts';
import { where } from '../../../native/testing/where.ts';

const LIVE = 1;
const CONFIG = 2;
const BYTES = 1;
const MIB = 1 << 20;

test.after.always('the tree is gone', () => tree.remove());

const values = (params: readonly TypedParameter[]): unknown[] => params.map(({ value }) => value);
const rate = (name: string, value: number): TypedParameter => ullong(name, BigInt(value));

/** An image of 8 MiB, of which one is written, as a disk. */
function imageDisk(fixture: DriverFixture, iotune = ''): { file: string; devices: string } {
  const file = join(fixture.paths.root ?? '', 'disk.img');
  writeFileSync(file, Buffer.alloc(MIB, 1));
  truncateSync(file, 8 * MIB);
  return {
    file,
    devices: `<disk type='file' device='disk'><driver name='loop' type='raw'/><source file='${file}'/><target dev='vda'/>${iotune}</disk>`,
  };
}

/** The kernel's lines on the devices that a container is throttled on: bytes read and written a second. */
function throttled(fixture: DriverFixture): string[] {
  const files = ['blkio.throttle.read_bps_device', 'blkio.throttle.write_bps_device', 'io.max'];
  const lines = onlyCgroup(fixture).directories.flatMap(directory =>
    files.flatMap(file => readControl(directory, file)?.trim().split('\n') ?? []),
  );
  return lines.filter(line => line !== '').map(line => line.replace(/^\d+:\d+ /, ''));
}

const withLoop = where(existsSync('/dev/loop-control'), '/dev/loop-control');

withLoop('a disk is held to its rates: by its definition, then by others', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const { devices } = imageDisk(fixture, '<iotune><read_bytes_sec>4194304</read_bytes_sec></iotune>');
  const ref = await running(fixture, { init: '/bin/sh', devices });
  const unified = detectHierarchies().controllers.get('blkio')?.version === 2;
  const shows = (read: number | null, write: number | null): string[] =>
    unified
      ? [`rbps=${read ?? 'max'} wbps=${write ?? 'max'} riops=max wiops=max`]
      : [read, write].flatMap(rate => (rate === null ? [] : [String(rate)]));
  t.deepEqual(throttled(fixture), shows(4 * MIB, null));

  await driver.domainSetBlockIoTune(ref, 'vda', [rate('total_bytes_sec', MIB)], LIVE | CONFIG);
  t.deepEqual(throttled(fixture), shows(MIB, MIB));
  t.deepEqual(values(await driver.domainGetBlockIoTune(ref, 'vda', LIVE)), [BigInt(MIB), 0n, 0n, 0n, 0n, 0n]);
  t.regex(driver.domainGetXmlDesc(ref, 2), /<iotune>\n +<total_bytes_sec>1048576<\/total_bytes_sec>\n +<\/iotune>/);
  t.deepEqual(
    fixture.events.filter(({ kind }) => kind === 'tunable'),
    [
      {
        kind: 'tunable',
        domain: ref,
        params: [string('blkdeviotune.disk', 'vda'), rate('blkdeviotune.total_bytes_sec', MIB)],
      },
    ],
  );

  const console = new Console(await driver.domainOpenConsole(ref, null, 0));
  const begin = performance.now();
  console.write(
    'dd if=/dev/vda of=/dev/null bs=64k count=48 iflag=direct 2>&1 | grep copied; echo end of "$((1+1))"\n',
  );
  await console.until('end of 2');
  t.true(performance.now() - begin > 1500, `3 MiB at 1 MiB a second were read within ${performance.now() - begin} ms`);
  await console.close();

  await driver.domainSetBlockIoTune(ref, 'vda', [rate('total_bytes_sec', 0)], LIVE);
  t.notRegex(throttled(fixture).join(), /\d/);
});

withLoop('a disk that comes while the container runs is held to its rates until it goes', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const { devices } = imageDisk(fixture, '<iotune><write_bytes_sec>7777</write_bytes_sec></iotune>');
  const ref = await running(fixture);
  await driver.domainAttachDeviceFlags(ref, devices, LIVE);
  t.regex(throttled(fixture).join(), /7777/);
  await driver.domainDetachDeviceFlags(ref, devices, LIVE);
  t.notRegex(throttled(fixture).join(), /7777/);
});

withLoop('sizes of what disks and file systems are on', async t => {
  const fixture = await started(t);
  const { file, devices } = imageDisk(fixture);
  const ref = await defined(fixture, { devices });
  const { driver } = fixture;
  for (const path of ['vda', file]) {
    const info = await driver.domainGetBlockInfo(ref, path, 0);
    t.deepEqual([info.capacity, info.physical], [BigInt(8 * MIB), BigInt(8 * MIB)]);
    t.true(info.allocation >= BigInt(MIB) && info.allocation < BigInt(2 * MIB), `${info.allocation}`);
  }
  await t.throwsAsync(driver.domainGetBlockInfo(ref, '/', 0), { code: ErrorCode.OPERATION_UNSUPPORTED });
  await t.throwsAsync(driver.domainGetBlockInfo(ref, 'vdb', 0), {
    code: ErrorCode.INVALID_ARG,
    message: /invalid path vdb not assigned to domain$/,
  });
  await t.throwsAsync(driver.domainGetDiskErrors(ref, 0), { code: ErrorCode.OPERATION_INVALID });
});

withLoop('a raw image is resized under a running container', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const { file, devices } = imageDisk(fixture);
  const ref = await running(fixture, { init: '/bin/sh', devices });
  const console = new Console(await driver.domainOpenConsole(ref, null, 0));
  for (const [size, flags, sectors] of [
    [32n * 1024n, 0, 65536],
    [BigInt(MIB), BYTES, 2048],
  ] as const) {
    await driver.domainBlockResize(ref, 'vda', size, flags);
    console.write(
      `echo "sectors $(cat /sys/dev/block/$(stat -c '%Hr:%Lr' /dev/vda)/size 2>/dev/null || blockdev --getsz /dev/vda) now"\n`,
    );
    await console.until(`sectors ${sectors} now`);
  }
  t.is(statSync(file).size, MIB);
  await console.close();
  for (const [path, size, code] of [
    ['vda', 1000n, ErrorCode.INVALID_ARG],
    ['vda', 2n ** 60n, ErrorCode.INVALID_ARG],
    ['vdz', 512n, ErrorCode.INVALID_ARG],
  ] as const)
    await t.throwsAsync(driver.domainBlockResize(ref, path, size, BYTES), { code });
  await driver.domainDestroyFlags(ref, 0);
  await t.throwsAsync(driver.domainBlockResize(ref, 'vda', 512n, BYTES), { code: ErrorCode.OPERATION_INVALID });
});

const disk = (iotune = ''): string =>
  `<disk type='block' device='disk'><source dev='/dev/nowhere'/><target dev='vda'/>${iotune}</disk>`;

test('rates of a stored disk: what of its group is not given is lifted, all else stays', async t => {
  const domains = testDomains(t);
  const kept = '<iotune><read_bytes_sec>5</read_bytes_sec><write_bytes_sec_max>9</write_bytes_sec_max></iotune>';
  const { ref, domain } = await domains.stored('', disk(kept));
  const driver = blockIoTune(domains.context);
  const told = async (): Promise<unknown[]> => values(await driver.domainGetBlockIoTune(ref, '/dev/nowhere', 0));
  t.deepEqual(await told(), [0n, 5n, 0n, 0n, 0n, 0n]);
  await driver.domainSetBlockIoTune(ref, 'vda', [rate('write_iops_sec', 7)], CONFIG);
  t.deepEqual(await told(), [0n, 5n, 0n, 0n, 0n, 7n]);
  await driver.domainSetBlockIoTune(ref, 'vda', [rate('write_bytes_sec', 6), rate('read_bytes_sec_max', 0)], 0);
  t.deepEqual(await told(), [0n, 0n, 6n, 0n, 0n, 7n]);
  t.regex(JSON.stringify(domain.definition.devices.disks[0]?.foreign), /write_bytes_sec_max/);
  t.is((await driver.domainGetBlockIoTune(ref, null, 0)).length, 6);
});

test('of two limits on a device the lower one holds', t => {
  const tune = { ...noIoTune, total_bytes_sec: 100n, read_iops_sec: 2n ** 40n };
  const beside = {
    path: '/dev/x',
    weight: null,
    readIopsSec: null,
    writeIopsSec: 3,
    readBytesSec: 50n,
    writeBytesSec: 500n,
  };
  t.like(diskThrottle({ major: 7, minor: 0 }, tune, beside), {
    readBytesSec: 50n,
    writeBytesSec: 100n,
    readIopsSec: 0xffff_ffff,
    writeIopsSec: 3,
  });
  t.like(diskThrottle({ major: 7, minor: 0 }, noIoTune, undefined), { readBytesSec: 0n, writeIopsSec: 0 });
});

type Action = (driver: BlockIoTune, ref: DomainRef) => Promise<unknown>;
const set =
  (name: string, flags: number, ...params: TypedParameter[]): Action =>
  (driver, ref) =>
    driver.domainSetBlockIoTune(ref, name, params, flags);

const refusals: readonly [string, 'running' | 'stored', Action, ErrorCode, RegExp][] = [
  [
    'a disk that is not there',
    'stored',
    set('vdb', 0, rate('read_bytes_sec', 1)),
    ErrorCode.INVALID_ARG,
    /disk 'vdb' was not found in the domain config$/,
  ],
  [
    'a device that is not there',
    'running',
    set('vda', LIVE, rate('read_bytes_sec', 1)),
    ErrorCode.OPERATION_UNSUPPORTED,
    /no block device is behind 'vda'$/,
  ],
  [
    'a total beside a part of it',
    'stored',
    set('vda', 0, rate('total_iops_sec', 1), rate('read_iops_sec', 1)),
    ErrorCode.INVALID_ARG,
    /total and read\/write of iops_sec cannot be set at the same time$/,
  ],
  [
    'bursts',
    'stored',
    set('vda', 0, rate('read_bytes_sec_max', 1)),
    ErrorCode.CONFIG_UNSUPPORTED,
    /no limit like read_bytes_sec_max$/,
  ],
  [
    'groups',
    'stored',
    set('vda', 0, string('group_name', 'g')),
    ErrorCode.CONFIG_UNSUPPORTED,
    /group_name must be empty$/,
  ],
  [
    'other parameters',
    'stored',
    set('vda', 0, rate('bytes', 1)),
    ErrorCode.ARGUMENT_UNSUPPORTED,
    /'bytes' not supported$/,
  ],
  [
    'one that does not run',
    'stored',
    set('vda', LIVE, rate('read_bytes_sec', 1)),
    ErrorCode.OPERATION_INVALID,
    /domain is not running$/,
  ],
  [
    'unknown flags',
    'stored',
    set('vda', 4, rate('read_bytes_sec', 1)),
    ErrorCode.INVALID_ARG,
    /in function lxcDomainSetBlockIoTune$/,
  ],
  [
    'rates of both at once',
    'running',
    (driver, ref) => driver.domainGetBlockIoTune(ref, 'vda', 3),
    ErrorCode.INVALID_ARG,
    /mutually exclusive$/,
  ],
];
for (const [name, kind, action, code, message] of refusals)
  test(`refused: ${name}`, async t => {
    const domains = testDomains(t);
    const { ref, domain } =
      kind === 'stored' ? await domains.stored('', disk()) : await domains.running(true, '', disk());
    const before = domain.definition;
    await t.throwsAsync(action(blockIoTune(domains.context), ref), {
      code,
      message,
    });
    t.is(domain.definition, before);
  });
