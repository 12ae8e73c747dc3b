import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { ErrorCode } from '../contract/constants.ts';
import { LibvirtError } from '../contract/error.ts';
import { loopDevice, storageFixture } from './testing/fixture.ts';

const NO_OVERWRITE = 4;
const OVERWRITE = 8;
const CREATE_OVERWRITE = 2;
const MIB = 1024 * 1024;

const mounted = (path: string): string | undefined =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find(line => line.split(' ')[1] === path);

const fileSystemPool = (device: string, format: string, target: string, options = ''): string =>
  `<pool type='fs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>f</name>` +
  `<source><device path='${device}'/><format type='${format}'/></source><target><path>${target}</path></target>` +
  `${options}</pool>`;

/** The smallest devices that the programs accept. */
for (const [format, size] of [
  ['ext4', 16],
  ['xfs', 320],
  ['btrfs', 128],
] as const)
  test.serial(`a pool on ${format} is made, mounted, looked at and unmounted`, async t => {
    const { driver, directory } = await storageFixture(t);
    const device = loopDevice(t, directory, size * MIB);
    const target = join(directory, 'a place with blanks');
    const pool = await driver.storagePoolDefineXml(fileSystemPool(device, format, target), 0);
    await driver.storagePoolBuild(pool, NO_OVERWRITE);
    await t.throwsAsync(driver.storagePoolBuild(pool, NO_OVERWRITE), {
      instanceOf: LibvirtError,
      message: `Storage pool already built: Device '${device}' already formatted using '${format}'`,
    });
    await driver.storagePoolBuild(pool, OVERWRITE);
    await driver.storagePoolCreate(pool, 0);
    const line = mounted(target.replaceAll(' ', '\\040'));
    t.regex(line ?? '', new RegExp(`^${device} .* ${format} rw,(?=.*nosuid)(?=.*nodev)(?=.*noexec)`));
    const { capacity, allocation, available } = driver.storagePoolGetInfo(pool);
    t.true(capacity > 0n && capacity <= BigInt(size * MIB));
    t.is(allocation + available, capacity);
    writeFileSync(join(target, 'disk'), 'x');
    await driver.storagePoolRefresh(pool, 0);
    t.true(driver.storagePoolListVolumes(pool).includes('disk'));
    await driver.storagePoolDestroy(pool);
    t.is(mounted(target.replaceAll(' ', '\\040')), undefined);
    await driver.storagePoolDelete(pool, 0);
    t.false(existsSync(target));
  });

test.serial('a device that holds something else is overwritten only when asked', async t => {
  const { driver, directory } = await storageFixture(t);
  const device = loopDevice(t, directory, 16 * MIB);
  execFileSync('mkfs.ext2', ['-q', device]);
  const pool = await driver.storagePoolDefineXml(fileSystemPool(device, 'ext4', `${directory}/f`), 0);
  const error = await t.throwsAsync(driver.storagePoolBuild(pool, NO_OVERWRITE), {
    instanceOf: LibvirtError,
    message: /Format of device '.*' does not match the expected format 'ext4', forced overwrite is necessary/,
  });
  t.is(error?.code, ErrorCode.STORAGE_POOL_BUILT);
  await driver.storagePoolCreateXml(
    fileSystemPool(device, 'ext4', `${directory}/f`).replace(
      '<name>f</name>',
      `<name>f</name><uuid>${pool.uuid}</uuid>`,
    ),
    2,
  );
  t.true(driver.storagePoolIsActive(pool));
  await driver.storagePoolDestroy(pool);
});

test.serial('a pool has the mount options of its document, and finds out its format', async t => {
  const { driver, directory } = await storageFixture(t);
  const device = loopDevice(t, directory, 16 * MIB);
  execFileSync('mkfs.ext4', ['-q', device]);
  const options = "<fs:mount_opts><fs:option name='ro'/><fs:option name='exec'/></fs:mount_opts>";
  const target = join(directory, 'f');
  const pool = await driver.storagePoolDefineXml(fileSystemPool(device, 'auto', target, options), 0);
  await driver.storagePoolBuild(pool, 0);
  await driver.storagePoolCreate(pool, 0);
  t.regex(mounted(target) ?? '', / ext4 ro,(?!.*noexec)/);
  await driver.storagePoolDestroy(pool);
});

test.serial('a pool that cannot be mounted, or unmounted, says why', async t => {
  const { driver, directory } = await storageFixture(t);
  const device = loopDevice(t, directory, 16 * MIB);
  const target = join(directory, 'f');
  const pool = await driver.storagePoolDefineXml(fileSystemPool(device, 'ext4', target), 0);
  await t.throwsAsync(driver.storagePoolCreate(pool, 0), { message: /mount point does not exist/ });
  await driver.storagePoolBuild(pool, 0);
  await t.throwsAsync(driver.storagePoolCreate(pool, 0), { message: /wrong fs type/ });
  await driver.storagePoolBuild(pool, OVERWRITE);
  await driver.storagePoolCreate(pool, 0);
  mkdirSync(join(target, 'busy'));
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(target, 'busy')]);
  await t.throwsAsync(driver.storagePoolDestroy(pool), { message: /umount: .*busy/ });
  t.true(driver.storagePoolIsActive(pool));
  execFileSync('umount', [join(target, 'busy')]);
  await driver.storagePoolDestroy(pool);
});

test.serial('a mounted pool is taken over by the next daemon', async t => {
  const { driver, directory, restarted } = await storageFixture(t);
  const device = loopDevice(t, directory, 16 * MIB);
  const target = join(directory, 'f');
  const pool = await driver.storagePoolDefineXml(fileSystemPool(device, 'ext4', target), 0);
  await driver.storagePoolBuild(pool, OVERWRITE);
  await driver.storagePoolCreate(pool, 0);
  const next = await restarted();
  t.true(next.storagePoolIsActive(pool));
  execFileSync('umount', [target]);
  const third = await restarted();
  t.false(third.storagePoolIsActive(pool));
});

test.serial('a volume group is made, found, started and removed', async t => {
  const { driver, directory, restarted } = await storageFixture(t);
  const device = loopDevice(t, directory, 32 * MIB);
  const group = `lxvirtd-test-${process.pid}`;
  const pool = await driver.storagePoolDefineXml(
    `<pool type='logical'><name>${group}</name><source><device path='${device}'/></source></pool>`,
    0,
  );
  await t.throwsAsync(driver.storagePoolCreate(pool, 0), { message: /cannot find logical volume group name/ });
  await driver.storagePoolBuild(pool, NO_OVERWRITE);
  await t.throwsAsync(driver.storagePoolBuild(pool, NO_OVERWRITE), {
    message: /already formatted using 'LVM2_member'/,
  });
  t.true((await driver.connectFindStoragePoolSources('logical', null, 0)).includes(`<name>${group}</name>`));
  await driver.storagePoolCreate(pool, 0);
  t.is(driver.storagePoolGetInfo(pool).capacity, 28n * BigInt(MIB));
  t.deepEqual(driver.storagePoolListVolumes(pool), []);
  const next = await restarted();
  t.true(next.storagePoolIsActive(pool));
  await next.storagePoolDestroy(pool);
  await next.storagePoolDelete(pool, 0);
  await t.throwsAsync(next.storagePoolCreate(pool, 0), { message: /cannot find logical volume group name/ });
});

for (const format of ['gpt', 'dos'] as const)
  test.serial(`partitions of a disk with a ${format} table are made, and removed while nobody uses them`, async t => {
    const { driver, directory } = await storageFixture(t);
    const device = loopDevice(t, directory, 64 * MIB, '--partscan');
    const xml =
      `<pool type='disk'><name>d</name><source><device path='${device}'/><format type='${format}'/></source>` +
      '<target><path>/dev</path></target></pool>';
    const pool = await driver.storagePoolCreateXml(xml, CREATE_OVERWRITE);
    const make = (number: number, size: number, type: string) =>
      driver.storageVolCreateXml(
        pool,
        `<volume><name>${basename(device)}p${number}</name><capacity>${size * MIB}</capacity>
          <target><format type='${type}'/></target></volume>`,
        0,
      );
    await t.throwsAsync(make(7, 1, 'linux'), { message: /invalid partition name 'loop\d+p7', expected 'loop\d+p1'/ });
    await t.throwsAsync(make(1, 100, 'linux'), { message: /no large enough free extent/ });
    const first = await make(1, 20, 'linux');
    const second = await make(2, 10, 'linux-swap');
    t.is((await driver.storageVolGetInfo(first, 0)).capacity, 20n * BigInt(MIB));
    t.regex(await driver.storageVolGetXmlDesc(second, 0), /<format type='linux-swap'\/>/);
    t.true(statSync(`${device}p1`).isBlockDevice());
    if (format === 'dos') {
      await make(3, 20, 'extended');
      const logical = await make(5, 2, 'linux');
      t.is((await driver.storageVolGetInfo(logical, 0)).capacity, 2n * BigInt(MIB));
    } else await t.throwsAsync(make(3, 1, 'extended'), { message: /cannot be made in a table of format 'gpt'/ });
    execFileSync('mkfs.ext2', ['-q', `${device}p1`]);
    mkdirSync(join(directory, 'mounted'));
    execFileSync('mount', [`${device}p1`, join(directory, 'mounted')]);
    await t.throwsAsync(driver.storageVolDelete(first, 0), { message: /is in use/ });
    // Others can come and go while one is in use.
    await driver.storageVolDelete(second, 0);
    t.false(existsSync(`${device}p2`));
    await make(2, 5, 'linux');
    execFileSync('umount', [join(directory, 'mounted')]);
    await driver.storageVolDelete(first, 0);
    await driver.storagePoolRefresh(pool, 0);
    t.false(driver.storagePoolListVolumes(pool).includes(first.name));
    await driver.storagePoolDestroy(pool);
  });

for (const format of ['gpt', 'dos'] as const)
  test.serial(`a disk with a ${format} table has its partitions as volumes`, async t => {
    const { driver, directory } = await storageFixture(t);
    const device = loopDevice(t, directory, 64 * MIB);
    const xml =
      `<pool type='disk'><name>d</name><source><device path='${device}'/><format type='${format}'/></source>` +
      '<target><path>/dev</path></target></pool>';
    const pool = await driver.storagePoolDefineXml(xml, 0);
    await t.throwsAsync(driver.storagePoolCreate(pool, 0), { message: /is unrecognized, requires build/ });
    await driver.storagePoolBuild(pool, NO_OVERWRITE);
    await t.throwsAsync(driver.storagePoolBuild(pool, 0), { message: /already formatted using/ });
    execFileSync('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', device], {
      input: 'size=20M, type=L\nsize=10M, type=S\n',
    });
    await driver.storagePoolCreate(pool, 0);
    const first = driver.storageVolLookupByPath(`${device}p1`);
    t.is((await driver.storageVolGetInfo(first, 0)).capacity, 20n * BigInt(MIB));
    t.regex(
      await driver.storageVolGetXmlDesc(first, 0),
      /<extent start='1048576' end='22020096'\/>.*<format type='linux'\/>/s,
    );
    t.is(driver.storagePoolNumOfVolumes(pool), 2);
    t.regex(driver.storagePoolGetXmlDesc(pool, 0), /<freeExtent start='32505856' end='6[67]\d{6}'\/>/);
    t.is(driver.storagePoolGetInfo(pool).allocation, 30n * BigInt(MIB));
    await driver.storagePoolDestroy(pool);
    await driver.storagePoolDelete(pool, 0);
    await t.throwsAsync(driver.storagePoolCreate(pool, 0), { message: /is unrecognized, requires build/ });
  });
